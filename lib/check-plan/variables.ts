import type { Environment } from '../smoke/environment';
import type { PlanDocument, SynthesizedStack } from './documents';

/** Values of variables as a plan tells them. */
export type VariableValues = NonNullable<PlanDocument['variables']>;

/**
 * What Terraform takes for the variables of a stack without asking: the environment's, or else their defaults.
 *
 * @returns none where other options of Terraform give them, which go before
 */
export function variablesOf({ variable = {} }: SynthesizedStack, env: Environment): VariableValues {
  if (/(^|\s)['"]?--?var\b/.test([env.TF_CLI_ARGS, env.TF_CLI_ARGS_plan].join(' '))) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(variable).map(([name, { default: otherwise }]) => [
      name,
      { value: env[`TF_VAR_${name}`] ?? otherwise },
    ]),
  );
}

/** A text with the values of the variables in it, as far as they are known. */
export function withVariables(text: string, variables: VariableValues = {}): string {
  return text.replace(/\$\{var\.([\w-]+)\}/g, (reference, name: string) => {
    const value = variables[name]?.value;
    return typeof value === 'string' ? value : reference;
  });
}
