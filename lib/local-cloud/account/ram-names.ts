import { expectedInstead, type Rule } from '../../cloud/rule';
import { CloudError } from './cloud-error';

/** @throws CloudError for a text of more characters than RAM keeps */
export function checkLength(parameter: string, value: string | undefined, most: number): void {
  const { length } = [...(value ?? '')];
  if (length > most) {
    throw new CloudError(
      `InvalidParameter.${parameter}.Length`,
      `${parameter}: expected up to ${most} characters, got ${length}`,
    );
  }
}

export function checkName(parameter: string, value: string, rule: Rule, label: string): void {
  const expected = expectedInstead(rule, value);
  if (expected !== undefined) {
    throw new CloudError(
      `InvalidParameter.${parameter}.InvalidChars`,
      `the ${label.toLowerCase()} name ${JSON.stringify(value)} is not valid: expected ${expected}`,
    );
  }
}
