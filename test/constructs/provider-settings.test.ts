import { App, TerraformStack, TerraformVariable } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { accountOf, regionOf } from '../../lib/constructs/provider-settings';
import { testStack } from '../synth';

describe('regionOf', () => {
  it('reads the default provider of the stack, wherever it stands in it', () => {
    expect(regionOf(testStack())).toBe('cn-hangzhou');
  });

  it('does not take a provider with an alias for the default', () => {
    const stack = new TerraformStack(new App(), 'stack');
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    expect(regionOf(stack)).toBeUndefined();
    expect(regionOf(stack, provider)).toBe('cn-shanghai');
  });

  it('finds a provider that is made after the first look', () => {
    const stack = new TerraformStack(new App(), 'stack');
    expect(regionOf(stack)).toBeUndefined();
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-beijing' });
    expect(regionOf(stack)).toBe('cn-beijing');
  });
});

describe('accountOf', () => {
  const account = (settings: ConstructorParameters<typeof AlicloudProvider>[2]) => {
    const stack = new TerraformStack(new App(), 'stack');
    return accountOf(stack, new AlicloudProvider(stack, 'alicloud', settings));
  };

  it('is the same for two regions, and for no provider at all', () => {
    expect(account({ region: 'cn-hangzhou' })).toBe(account({ region: 'cn-shanghai' }));
    expect(accountOf(new TerraformStack(new App(), 'stack'))).toBe(account({}));
  });

  it('goes by account_id alone where that is given', () => {
    expect(account({ accountId: '1', profile: 'a' })).toBe(account({ accountId: '1', profile: 'b' }));
    expect(account({ accountId: '1' })).not.toBe(account({ accountId: '2' }));
  });

  it('goes by the account of the role that is assumed, whatever its session is called', () => {
    const assuming = (roleArn: string, sessionName: string) => account({ assumeRole: { roleArn, sessionName } });
    expect(assuming('acs:ram::1:role/deploy', 'a')).toBe(assuming('acs:ram::1:role/other', 'b'));
    expect(assuming('acs:ram::1:role/deploy', 'a')).toBe(account({ accountId: '1' }));
    expect(assuming('acs:ram::1:role/deploy', 'a')).not.toBe(assuming('acs:ram::2:role/deploy', 'a'));
    expect(account({ assumeRoleWithOidc: { roleArn: 'acs:ram::1:role/deploy', oidcProviderArn: 'p' } })).toBe(
      account({ accountId: '1' }),
    );
    expect(assuming('deploy', 'a')).not.toBe(assuming('other', 'a'));
  });

  it('is the same for references to one variable in two stacks', () => {
    const ofVariable = (name: string) => {
      const stack = new TerraformStack(new App(), 'stack');
      const accessKey = new TerraformVariable(stack, name, {}).stringValue;
      return accountOf(stack, new AlicloudProvider(stack, 'alicloud', { accessKey }));
    };
    expect(ofVariable('key')).toBe(ofVariable('key'));
    expect(ofVariable('key')).not.toBe(ofVariable('other'));
  });
});
