//! Which attributes are secrets: those that the state marks, and those that are known to be secret
//! whether or not a provider version marked them (older ones did not).

use serde_json::Value;

use super::{
    sensitive::{Step, each, paths},
    state::{Instance, Resource},
};

/// Attributes of any resource, at any depth.
const NAMES: &[&str] = &[
    "password",
    "admin_password",
    "administrator_login_password",
    "master_password",
    "root_password",
    "user_password",
    "private_key",
    "private_key_pem",
    "private_key_openssh",
    "private_key_pem_pkcs8",
    "client_secret",
    "secret_string",
    "secret_binary",
    "secret_data",
    "secret_key",
    "access_token",
    "auth_token",
    "api_key",
    "apikey",
    "refresh_token",
    "bearer_token",
    "shared_key",
    "preshared_key",
    "psk",
    "primary_key",
    "secondary_key",
    "primary_access_key",
    "secondary_access_key",
    "primary_shared_key",
    "secondary_shared_key",
    "primary_connection_string",
    "secondary_connection_string",
    "primary_blob_connection_string",
    "secondary_blob_connection_string",
    "connection_string",
    "default_primary_connection_string",
    "default_secondary_connection_string",
    "sas_token",
    "sas",
    "kube_config_raw",
    "kube_admin_config_raw",
    "kube_config",
    "kube_admin_config",
    "client_key",
    "ses_smtp_password_v4",
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata_startup_script",
    "bcrypt_hash",
    "pgp_encrypted_password",
    "token_secret",
    "passphrase",
    "tunnel1_preshared_key",
    "tunnel2_preshared_key",
    "authorization_key",
    "webhook_secret",
];

/// Attributes of one type that have an innocent name, as dotted paths; `*` is every element.
const PATHS: &[(&str, &str)] = &[
    ("aws_lambda_function", "environment.*.variables.*"),
    ("aws_codebuild_project", "environment.*.environment_variable.*.value"),
    ("aws_amplify_app", "environment_variables.*"),
    ("aws_batch_job_definition", "container_properties"),
    ("aws_ecs_task_definition", "container_definitions"),
    ("aws_iam_access_key", "secret"),
    ("aws_ssm_parameter", "value"),
    ("aws_ssm_parameter", "insecure_value"),
    ("azurerm_key_vault_secret", "value"),
    ("azurerm_app_configuration_key", "value"),
    ("azurerm_linux_web_app", "app_settings.*"),
    ("azurerm_windows_web_app", "app_settings.*"),
    ("azurerm_linux_function_app", "app_settings.*"),
    ("azurerm_windows_function_app", "app_settings.*"),
    ("azurerm_app_service", "app_settings.*"),
    ("azurerm_function_app", "app_settings.*"),
    ("azurerm_container_group", "container.*.environment_variables.*"),
    ("azurerm_container_group", "container.*.secure_environment_variables.*"),
    ("azuread_application_password", "value"),
    ("azuread_service_principal_password", "value"),
    ("google_cloudfunctions_function", "environment_variables.*"),
    ("google_cloudfunctions2_function", "service_config.*.environment_variables.*"),
    ("google_cloud_run_service", "template.*.spec.*.containers.*.env.*.value"),
    ("google_cloud_run_v2_service", "template.*.containers.*.env.*.value"),
    ("google_service_account_key", "private_key"),
    ("google_container_cluster", "master_auth.*.client_key"),
    ("kubernetes_secret", "data.*"),
    ("kubernetes_secret", "binary_data.*"),
    ("kubernetes_secret_v1", "data.*"),
    ("kubernetes_secret_v1", "binary_data.*"),
    ("helm_release", "values"),
    ("helm_release", "set_sensitive.*.value"),
    ("random_password", "result"),
    ("vault_generic_secret", "data_json"),
    ("vault_generic_secret", "data.*"),
    ("vault_kv_secret_v2", "data_json"),
    ("vault_kv_secret_v2", "data.*"),
    ("github_actions_secret", "plaintext_value"),
    ("github_actions_secret", "encrypted_value"),
    ("local_sensitive_file", "content"),
    ("local_sensitive_file", "content_base64"),
    ("http", "request_headers.*"),
];

/// Calls `take` on every secret among the attributes, which may look at it or replace it.
pub(crate) fn redact(
    attributes: &mut Value,
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    take: &mut dyn FnMut(&mut Value),
) {
    match instance.sensitive_attributes.as_ref().map_or_else(|| Some(Vec::new()), paths) {
        Some(paths) => {
            for path in paths {
                each(attributes, &path, take);
            }
        }
        None => {
            // Marks that nobody can read: everything but what names the thing is a secret.
            if let Value::Object(map) = attributes {
                for (name, value) in map.iter_mut() {
                    if !matches!(name.as_str(), "id" | "arn" | "name" | "self_link" | "location" | "region") {
                        take(value);
                    }
                }
            }
        }
    }
    for (type_, path) in PATHS {
        if *type_ == resource.type_ {
            let steps: Vec<Step> = path
                .split('.')
                .map(|part| if part == "*" { Step::Every } else { Step::Name(part.to_owned()) })
                .collect();
            each(attributes, &steps, take);
        }
    }
    by_name(attributes, take);
}

fn by_name(value: &mut Value, take: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                let secret = NAMES.contains(&name.as_str());
                let says_something = match value {
                    Value::Null | Value::Bool(_) => false,
                    Value::String(text) => !text.is_empty(),
                    Value::Array(list) => !list.is_empty(),
                    Value::Object(map) => !map.is_empty(),
                    Value::Number(_) => true,
                };
                if secret && says_something {
                    take(value);
                } else {
                    by_name(value, take);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| by_name(v, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
