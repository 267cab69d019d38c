"""Who may do what, and what is kept secret: IAM, KMS, Secrets Manager, Parameter Store, WAF, GuardDuty, Cognito."""

import json

MANY = {f"tag-{i:02}": f"value {i}" for i in range(44)}
ODD = {"Name": "größe-名前", "empty": "", "team": "platform", "a/b:c=d+e@f": "x y"}


def listed(tags, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in tags.items()]


def mapped(tags, key="Key", value="Value"):
    return {t[key]: t.get(value, "") for t in tags or []}


def pages(client, operation, field, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(field, [])


def trust(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, action="sts:AssumeRole"):
    return {"Effect": "Allow", "Principal": principal, "Action": action}


READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"}]}
)


def arn(account, what):
    return f"arn:aws:iam::{account}:{what}"


def fill_iam(env, account):
    iam = env.client("iam", account)
    iam.create_account_alias(AccountAlias=f"payments-{account[:3]}")
    other = next(a for a in env.accounts if a != account)
    for i in range(4):
        tags = listed(MANY if i == 0 else ODD) if i < 3 else []
        iam.create_policy(PolicyName=f"id-policy-{i}", PolicyDocument=READ, Path="/teams/" if i % 2 else "/", Tags=tags)
    policies = {p["PolicyName"]: p["Arn"] for p in pages(iam, "list_policies", "Policies", Scope="Local")}
    for i in range(2):
        iam.create_group(GroupName=f"id-group-{i}", Path="/people/")
        iam.attach_group_policy(GroupName=f"id-group-{i}", PolicyArn=policies["id-policy-1"])
        iam.put_group_policy(GroupName=f"id-group-{i}", PolicyName="inline", PolicyDocument=READ)
    for i in range(5):
        extra = {"PermissionsBoundary": policies["id-policy-3"]} if i == 0 else {}
        tags = listed(MANY if i == 1 else ODD) if i else []
        iam.create_user(UserName=f"id-user-{i}", Path="/people/" if i % 2 else "/", Tags=tags, **extra)
        iam.add_user_to_group(GroupName=f"id-group-{i % 2}", UserName=f"id-user-{i}")
        iam.attach_user_policy(UserName=f"id-user-{i}", PolicyArn=policies["id-policy-0"])
        iam.create_access_key(UserName=f"id-user-{i}")
    oidc = []
    for host in ("token.actions.example.com", "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"):
        made = iam.create_open_id_connect_provider(
            Url=f"https://{host}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40], Tags=listed(ODD)
        )
        oidc.append(made["OpenIDConnectProviderArn"])
    for i in range(2):
        document = f"<EntityDescriptor entityID='urn:{i}'>{'x' * 1000}</EntityDescriptor>"
        iam.create_saml_provider(SAMLMetadataDocument=document, Name=f"id-saml-{i}")
    trusts = [
        trust(allow({"Service": "lambda.amazonaws.com"})),
        trust(allow({"AWS": arn(other, "role/id-role-0")}), allow({"AWS": [arn(account, "user/id-user-0")]})),
        trust(allow({"Federated": oidc[0]}, "sts:AssumeRoleWithWebIdentity")),
        trust(allow({"Federated": arn(account, "saml-provider/id-saml-0")}, "sts:AssumeRoleWithSAML")),
    ]
    for i, document in enumerate(trusts):
        extra = {"PermissionsBoundary": policies["id-policy-3"]} if i == 1 else {}
        iam.create_role(
            RoleName=f"id-role-{i}", AssumeRolePolicyDocument=document, Description="größe", Tags=listed(ODD), **extra
        )
        iam.attach_role_policy(RoleName=f"id-role-{i}", PolicyArn=policies["id-policy-2"])
        iam.put_role_policy(RoleName=f"id-role-{i}", PolicyName="inline", PolicyDocument=READ)
    for i in range(2):
        iam.create_instance_profile(InstanceProfileName=f"id-profile-{i}", Tags=listed(ODD))
        iam.add_role_to_instance_profile(InstanceProfileName=f"id-profile-{i}", RoleName=f"id-role-{i}")


def fill_place(env, account, region):
    kms = env.client("kms", account, region)
    keys = []
    for i in range(3):
        tags = listed(MANY if i == 0 else ODD, "TagKey", "TagValue") if i < 2 else []
        keys.append(kms.create_key(Description=f"key {i}", Tags=tags)["KeyMetadata"])
    kms.create_alias(AliasName="alias/id-zero", TargetKeyId=keys[0]["KeyId"])
    kms.create_alias(AliasName="alias/id-one", TargetKeyId=keys[1]["KeyId"])
    kms.enable_key_rotation(KeyId=keys[0]["KeyId"])
    kms.disable_key(KeyId=keys[2]["KeyId"])
    kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")

    secrets = env.client("secretsmanager", account, region)
    for i in range(4):
        secrets.create_secret(
            Name=f"id/secret-{i}",
            SecretString="hunter2hunter2",
            KmsKeyId=keys[0]["Arn"],
            Tags=listed(MANY if i == 0 else ODD),
        )
    secrets.delete_secret(SecretId="id/secret-3", RecoveryWindowInDays=7)

    ssm = env.client("ssm", account, region)
    for i in range(55 if region == "us-east-1" else 12):
        kind = {"Type": "SecureString", "KeyId": keys[1]["KeyId"]} if i % 5 == 0 else {"Type": "String"}
        name = f"/id/parameter/{i}" if i else "id-parameter"
        ssm.put_parameter(Name=name, Value="hunter2hunter2", Tags=listed(ODD if i % 2 else MANY), **kind)

    waf = env.client("wafv2", account, region)
    sight = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    for scope in ["REGIONAL"] + (["CLOUDFRONT"] if region == "us-east-1" else []):
        for i in range(2):
            waf.create_web_acl(
                Name=f"id-acl-{scope.lower()}-{i}",
                Scope=scope,
                DefaultAction={"Allow": {}},
                VisibilityConfig=sight,
                Tags=listed(ODD),
            )

    for tags in (ODD, MANY):
        # AWS allows one a region; moto takes more.
        env.client("guardduty", account, region).create_detector(Enable=True, Tags=tags)

    pools = env.client("cognito-idp", account, region)
    for i in range(3):
        pools.create_user_pool(
            PoolName=f"id-pool-{i}",
            UserPoolTags=ODD,
            LambdaConfig={"PreSignUp": f"arn:aws:lambda:{region}:{account}:function:id-sign-up"},
        )


def fill(env):
    for account in env.accounts:
        fill_iam(env, account)
    for account, region in env.places():
        fill_place(env, account, region)


def truth_global(env, account):
    iam = env.client("iam", account)
    for alias in iam.list_account_aliases()["AccountAliases"]:
        yield "aws.iam.account", arn(account, "root"), alias, {}
    for user in pages(iam, "list_users", "Users"):
        for key in iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
            yield "aws.iam.access-key", key["AccessKeyId"], user["UserName"], {}
        tags = mapped(iam.list_user_tags(UserName=user["UserName"])["Tags"])
        yield "aws.iam.user", user["Arn"], user["UserName"], tags
    for group in pages(iam, "list_groups", "Groups"):
        yield "aws.iam.group", group["Arn"], group["GroupName"], {}
    for role in pages(iam, "list_roles", "Roles"):
        tags = mapped(iam.list_role_tags(RoleName=role["RoleName"])["Tags"])
        yield "aws.iam.role", role["Arn"], role["RoleName"], tags
    for policy in pages(iam, "list_policies", "Policies", Scope="Local"):
        tags = mapped(iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"])
        yield "aws.iam.policy", policy["Arn"], policy["PolicyName"], tags
    for profile in pages(iam, "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        tags = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"].get("Tags")
        yield "aws.iam.instance-profile", profile["Arn"], name, mapped(tags)
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        found = provider["Arn"]
        tags = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found).get("Tags")
        yield "aws.iam.oidc-provider", found, found.split(":oidc-provider/")[1], mapped(tags)


def truth(env, account, region):
    kms = env.client("kms", account, region)
    for key in pages(kms, "list_keys", "Keys"):
        about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        aliases = [a["AliasName"] for a in pages(kms, "list_aliases", "Aliases", KeyId=key["KeyId"])]
        tags = mapped(kms.list_resource_tags(KeyId=key["KeyId"])["Tags"], "TagKey", "TagValue")
        name = aliases[0] if aliases else about.get("Description") or about["KeyId"]
        yield "aws.kms.key", about["Arn"], name, tags
    for alias in pages(kms, "list_aliases", "Aliases"):
        yield "aws.kms.alias", alias["AliasArn"], alias["AliasName"], {}

    secrets = env.client("secretsmanager", account, region)
    for secret in pages(secrets, "list_secrets", "SecretList", IncludePlannedDeletion=True):
        tags = secrets.describe_secret(SecretId=secret["ARN"]).get("Tags")
        yield "aws.secretsmanager.secret", secret["ARN"], secret["Name"], mapped(tags)

    ssm = env.client("ssm", account, region)
    for parameter in pages(ssm, "describe_parameters", "Parameters"):
        name = parameter["Name"]
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
        identity = f"arn:aws:ssm:{region}:{account}:parameter{'' if name.startswith('/') else '/'}{name}"
        yield "aws.ssm.parameter", identity, name, mapped(tags)

    waf = env.client("wafv2", account, region)
    if region == "us-east-1":
        for acl in waf.list_web_acls(Scope="CLOUDFRONT", Limit=100)["WebACLs"]:
            tags = waf.list_tags_for_resource(ResourceARN=acl["ARN"])["TagInfoForResource"]["TagList"]
            yield "aws.wafv2.cloudfront-web-acl", acl["ARN"], acl["Name"], mapped(tags)

    duty = env.client("guardduty", account, region)
    for detector in pages(duty, "list_detectors", "DetectorIds"):
        tags = duty.get_detector(DetectorId=detector).get("Tags")
        yield "aws.guardduty.detector", f"arn:aws:guardduty:{region}:{account}:detector/{detector}", detector, tags

    pools = env.client("cognito-idp", account, region)
    for pool in pages(pools, "list_user_pools", "UserPools", PaginationConfig={"PageSize": 2}):
        about = pools.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
        yield "aws.cognito-idp.user-pool", about["Arn"], pool["Name"], about.get("UserPoolTags")


def edges(env):
    for account in env.accounts:
        other = next(a for a in env.accounts if a != account)
        policy = {i: arn(account, f"policy/{'teams/' if i % 2 else ''}id-policy-{i}") for i in range(4)}
        iam = env.client("iam", account)
        # churn() takes the second group away.
        groups = sum(g["GroupName"] in ("id-group-0", "id-group-1") for g in pages(iam, "list_groups", "Groups"))
        for i in range(5):
            user = arn(account, f"user/{'people/' if i % 2 else ''}id-user-{i}")
            yield user, "member-of", arn(account, f"group/people/id-group-{i % groups}")
            yield user, "uses", policy[0]
            for key in iam.list_access_keys(UserName=f"id-user-{i}")["AccessKeyMetadata"]:
                yield key["AccessKeyId"], "part-of", user
        yield arn(account, "group/people/id-group-0"), "uses", policy[1]
        role = {i: arn(account, f"role/id-role-{i}") for i in range(4)}
        for i in range(4):
            yield role[i], "uses", policy[2]
        yield role[1], "limited-by", policy[3]
        yield role[1], "trusts", arn(other, "role/id-role-0")
        yield role[1], "trusts", arn(account, "user/id-user-0")
        yield role[2], "trusts", arn(account, "oidc-provider/token.actions.example.com")
        yield role[3], "trusts", arn(account, "saml-provider/id-saml-0")
        for i in range(2):
            yield arn(account, f"instance-profile/id-profile-{i}"), "runs-as", role[i]
    for account, region in env.places():
        kms = env.client("kms", account, region)
        target = {a["AliasName"]: (a["AliasArn"], a.get("TargetKeyId")) for a in pages(kms, "list_aliases", "Aliases")}
        key = {}
        for name in ("alias/id-zero", "alias/id-one"):
            alias, identity = target[name]
            key[name] = f"arn:aws:kms:{region}:{account}:key/{identity}"
            yield alias, "targets", key[name]
        secrets = env.client("secretsmanager", account, region)
        for secret in pages(secrets, "list_secrets", "SecretList"):
            if secret["Name"].startswith("id/"):
                yield secret["ARN"], "encrypted-by", key["alias/id-zero"]
        yield f"arn:aws:ssm:{region}:{account}:parameter/id/parameter/5", "encrypted-by", key["alias/id-one"]
        pools = env.client("cognito-idp", account, region)
        for pool in pages(pools, "list_user_pools", "UserPools", PaginationConfig={"PageSize": 60}):
            if pool["Name"].startswith("id-pool-"):
                identity = f"arn:aws:cognito-idp:{region}:{account}:userpool/{pool['Id']}"
                yield identity, "uses", f"arn:aws:lambda:{region}:{account}:function:id-sign-up"


def churn(env):
    for account in env.accounts:
        iam = env.client("iam", account)
        # Gone: a group. Made anew under the same name: a role. Changed: the tags of a user.
        policy = arn(account, "policy/teams/id-policy-1")
        iam.create_group(GroupName="id-group-new")
        # An account is called otherwise from now on.
        iam.delete_account_alias(AccountAlias=f"payments-{account[:3]}")
        iam.create_account_alias(AccountAlias=f"ledger-{account[:3]}")
        iam.detach_group_policy(GroupName="id-group-1", PolicyArn=policy)
        iam.delete_group_policy(GroupName="id-group-1", PolicyName="inline")
        for i in (1, 3):
            iam.remove_user_from_group(GroupName="id-group-1", UserName=f"id-user-{i}")
            iam.add_user_to_group(GroupName="id-group-0", UserName=f"id-user-{i}")
        iam.delete_group(GroupName="id-group-1")
        used = arn(account, "policy/id-policy-2")
        iam.detach_role_policy(RoleName="id-role-2", PolicyArn=used)
        iam.delete_role_policy(RoleName="id-role-2", PolicyName="inline")
        iam.delete_role(RoleName="id-role-2")
        federated = arn(account, "oidc-provider/token.actions.example.com")
        iam.create_role(
            RoleName="id-role-2",
            AssumeRolePolicyDocument=trust(allow({"Federated": federated}, "sts:AssumeRoleWithWebIdentity")),
            Tags=[{"Key": "made", "Value": "anew"}],
        )
        iam.attach_role_policy(RoleName="id-role-2", PolicyArn=used)
        iam.tag_user(UserName="id-user-2", Tags=[{"Key": "team", "Value": "moved"}])
        iam.untag_user(UserName="id-user-2", TagKeys=["empty"])
    for account, region in env.places():
        kms = env.client("kms", account, region)
        identity = kms.describe_key(KeyId="alias/id-one")["KeyMetadata"]["KeyId"]
        kms.tag_resource(KeyId=identity, Tags=[{"TagKey": "team", "TagValue": "moved"}])
        secrets = env.client("secretsmanager", account, region)
        secrets.delete_secret(SecretId="id/secret-1", ForceDeleteWithoutRecovery=True)
        secrets.delete_secret(SecretId="id/secret-2", ForceDeleteWithoutRecovery=True)
        zero = kms.describe_key(KeyId="alias/id-zero")["KeyMetadata"]["Arn"]
        secrets.create_secret(Name="id/secret-2", SecretString="anew", KmsKeyId=zero, Tags=listed({"made": "anew"}))
        ssm = env.client("ssm", account, region)
        ssm.delete_parameter(Name="/id/parameter/7")
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/id/parameter/9", Tags=listed({"team": "moved"}))
        pools = env.client("cognito-idp", account, region)
        for pool in pools.list_user_pools(MaxResults=60)["UserPools"]:
            if pool["Name"] == "id-pool-2":
                pools.delete_user_pool(UserPoolId=pool["Id"])
