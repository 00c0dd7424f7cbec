import { expectedInstead, type Rule } from '../../cloud/rule';
import { CloudError } from './cloud-error';

export function checkName(parameter: string, value: string, rule: Rule, label: string): void {
  const expected = expectedInstead(rule, value);
  if (expected !== undefined) {
    throw new CloudError(
      `InvalidParameter.${parameter}.InvalidChars`,
      `the ${label.toLowerCase()} name ${JSON.stringify(value)} is not valid: expected ${expected}`,
    );
  }
}
