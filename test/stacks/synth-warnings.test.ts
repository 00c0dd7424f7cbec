import { Annotations, App, TerraformStack } from 'cdktf';
import { expect, it } from 'vitest';
import { synthWarnings } from '../../stacks/synth-warnings';
import { scratchFolder } from '../scratch';

it('tells each warning once, with all that it is about, and nothing else', () => {
  const app = new App({ outdir: scratchFolder() });
  const stacks = ['a', 'b'].map((id) => new TerraformStack(app, id));
  stacks.forEach((stack) => Annotations.of(stack).addWarning('old'));
  Annotations.of(stacks[1]).addWarning('two\nlines');
  Annotations.of(stacks[0]).addInfo('by the way');
  app.synth();
  expect(synthWarnings(app.outdir)).toEqual(['a, b: old', 'b: two\nlines']);
});
