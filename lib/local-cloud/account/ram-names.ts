import { CloudError } from './cloud-error';

/** RAM compares names without regard to case. */
export function caseKey(name: string): string {
  return name.toLowerCase();
}

export function checkName(parameter: string, value: string, pattern: RegExp, label: string): void {
  if (!pattern.test(value)) {
    throw new CloudError(
      `InvalidParameter.${parameter}.InvalidChars`,
      `the ${label.toLowerCase()} name ${JSON.stringify(value)} is not valid: it must match ${pattern.source}`,
    );
  }
}
