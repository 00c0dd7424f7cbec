"""What a user's key sees through Alibaba's clients for Python, over HTTP and over TLS; a line of JSON a step."""
import json
import os

import oss2
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

http = os.environ['RAM_ENDPOINT']
account = os.environ['ALICLOUD_ACCESS_KEY'], os.environ['ALICLOUD_SECRET_KEY']


def tell(name, value):
    print(json.dumps([name, value]))


def code(call):
    """The code of the error that a call ends with, or what it returns."""
    try:
        return call()
    except ServerException as error:
        return error.get_error_code()
    except oss2.exceptions.OssError as error:
        return error.code
    except Exception as error:
        return error.code


def core(key, action, version='2015-05-01', protocol='http', **parameters):
    request = CommonRequest(domain=http, version=version, action_name=action)
    request.set_method('POST')
    request.set_protocol_type(protocol)
    for name, value in parameters.items():
        request.add_body_params(name, value)
    return json.loads(AcsClient(*key, 'cn-hangzhou').do_action_with_exception(request))


def config(key, protocol='HTTP', token=None):
    ca = os.environ['ALICLOUD_LOCAL_CERTIFICATE'] if protocol == 'HTTPS' else None
    return Config(access_key_id=key[0], access_key_secret=key[1], security_token=token, endpoint=http,
                  protocol=protocol, ca=ca)


core(account, 'CreateUser', UserName='analyst')
made = core(account, 'CreateAccessKey', UserName='analyst')['AccessKey']
user = made['AccessKeyId'], made['AccessKeySecret']

for protocol in ['http', 'https']:
    tell(f'whoami {protocol}', core(user, 'GetCallerIdentity', '2015-04-01', protocol)['IdentityType'])
tell('list users', code(lambda: core(user, 'ListUsers')))

admin = Ram(config(account))
admin.create_group(ram_models.CreateGroupRequest(group_name='analysts'))
admin.add_user_to_group(ram_models.AddUserToGroupRequest(group_name='analysts', user_name='analyst'))
admin.attach_policy_to_group(ram_models.AttachPolicyToGroupRequest(
    group_name='analysts', policy_type='System', policy_name='AliyunRAMReadOnlyAccess'))
for protocol in ['HTTP', 'HTTPS']:
    users = Ram(config(user, protocol)).list_users(ram_models.ListUsersRequest()).body.users.user
    tell(f'list users in a group {protocol}', [one.user_name for one in users])

policy = {'Version': '1', 'Statement': [
    {'Effect': 'Allow', 'Action': 'oss:ListObjects', 'Resource': 'acs:oss:*:*:lake',
     'Condition': {'StringLike': {'oss:Prefix': ['mine/*']}, 'IpAddress': {'acs:SourceIp': ['127.0.0.0/8']}}},
    {'Effect': 'Allow', 'Action': 'oss:GetObject', 'Resource': 'acs:oss:*:*:lake/mine/*',
     'Condition': {'Bool': {'acs:SecureTransport': 'true'}}}]}
admin.create_policy(ram_models.CreatePolicyRequest(policy_name='mine', policy_document=json.dumps(policy)))
admin.attach_policy_to_user(ram_models.AttachPolicyToUserRequest(
    user_name='analyst', policy_type='Custom', policy_name='mine'))
own = oss2.Bucket(oss2.Auth(*account), f'https://{http}', 'lake')
own.put_object('mine/a', b'a')
own.put_object('theirs/b', b'b')
for scheme in ['http', 'https']:
    bucket = oss2.Bucket(oss2.Auth(*user), f'{scheme}://{http}', 'lake')
    tell(f'list mine {scheme}', code(lambda: [one.key for one in bucket.list_objects('mine/').object_list]))
    tell(f'list all {scheme}', code(lambda: [one.key for one in bucket.list_objects().object_list]))
    tell(f'get mine {scheme}', code(lambda: bucket.get_object('mine/a').read().decode()))
    tell(f'get theirs {scheme}', code(lambda: bucket.get_object('theirs/b').read().decode()))

arn = core(account, 'GetCallerIdentity', '2015-04-01')['Arn']
trust = {'Version': '1', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'RAM': [arn.replace('root', 'user/analyst')]}}]}
admin.create_role(ram_models.CreateRoleRequest(role_name='reader', assume_role_policy_document=json.dumps(trust)))
request = sts_models.AssumeRoleRequest(role_arn=arn.replace('root', 'role/reader'), role_session_name='session')
tell('assume without permission', code(lambda: Sts(config(user)).assume_role(request)))
admin.attach_policy_to_user(ram_models.AttachPolicyToUserRequest(
    user_name='analyst', policy_type='System', policy_name='AliyunSTSAssumeRoleAccess'))
session = Sts(config(user)).assume_role(request).body.credentials
identity = Sts(config((session.access_key_id, session.access_key_secret), token=session.security_token))
told = identity.get_caller_identity().body.to_map()
tell('whoami session', [told['IdentityType'], 'RoleId' in told, 'UserId' in told])

admin.update_access_key(ram_models.UpdateAccessKeyRequest(
    user_name='analyst', user_access_key_id=user[0], status='Inactive'))
tell('inactive', [code(lambda: core(user, 'ListUsers')), code(lambda: bucket.get_object('mine/a'))])
