//! Which names say that a file is private: keys, sign-ins, and what programs keep for themselves. A pure function, for
//! files on disk and for those of a commit.

use super::Refusal;
use cml_base::text;

/// Files and folders with exactly this name.
const NAMES: [&str; 40] = [
    ".aws",
    ".azure",
    ".boto",
    ".databrickscfg",
    ".dockercfg",
    ".dockerconfigjson",
    ".git-credentials",
    ".gnupg",
    ".htpasswd",
    ".huggingface",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".secrets",
    ".ssh",
    ".terraformrc",
    ".vault-token",
    ".vault_pass",
    ".yarnrc",
    ".yarnrc.yml",
    "_netrc",
    "application_default_credentials.json",
    "kaggle.json",
    "kubeconfig",
    "rclone.conf",
    "secret",
    "secret.json",
    "secret.toml",
    "secret.yaml",
    "secret.yml",
    "secrets",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "terraform.tfstate",
    "terraform.tfvars",
];

/// Files with exactly this name; a folder may well hold results by token.
const FILES: [&str; 12] = [
    "access_token.json",
    "api_key.json",
    "api_key.txt",
    "auth.json",
    "hf_token",
    "hf_token.json",
    "password.json",
    "password.txt",
    "token",
    "token.json",
    "token.pickle",
    "token.txt",
];

/// How names of files and folders begin.
const STARTS: [&str; 10] = [
    ".env",
    ".netrc",
    ".npmrc",
    ".pypirc",
    "client_secret",
    "gha-creds-",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];

/// What is anywhere in names of files and folders.
const PARTS: [&str; 5] =
    ["credentials", "service-account", "service_account", "serviceaccount", ".git-credential"];

/// How names of files end.
const ENDS: [&str; 16] = [
    ".tfstate",
    ".tfstate.json",
    ".tfvars",
    ".tfvars.json",
    ".env",
    ".jks",
    ".kdbx",
    ".key",
    ".keystore",
    ".keytab",
    ".p12",
    ".p8",
    ".pem",
    ".pfx",
    ".pkcs12",
    ".ppk",
];

/// Files that are private in their folder only.
const IN_FOLDERS: [(&str, &str); 8] = [
    (".docker", "config.json"),
    (".dvc", "config.local"),
    (".kube", "config"),
    (".config", "gcloud"),
    (".config", "gh"),
    (".config", "glab-cli"),
    (".streamlit", "secrets.toml"),
    ("huggingface", "token"),
];

/// Why a file of this path (relative, with `/`) is not shown, if its name alone says so.
pub fn refused(path: &str) -> Option<Refusal> {
    if parts(path).any(|part| plain(part) == ".git" || plain(part) == "git~1") {
        return Some(Refusal::Git);
    }
    private(path).map(|part| Refusal::Private(part.to_owned()))
}

/// The part of a path (relative, with `/`) that says that the file is private.
pub fn private(path: &str) -> Option<&str> {
    let all: Vec<(&str, String)> = parts(path).map(|part| (part, plain(part))).collect();
    let last = all.len().checked_sub(1)?;
    let is_private = |at: usize, name: &str| {
        NAMES.contains(&name)
            || STARTS.iter().any(|start| name.starts_with(start))
            || PARTS.iter().any(|part| name.contains(part))
            || (at == last && FILES.contains(&name))
            || (at == last && ENDS.iter().any(|end| name.ends_with(end)))
            || (at > 0 && IN_FOLDERS.contains(&(all[at - 1].1.as_str(), name)))
    };
    all.iter().enumerate().find(|(at, (_, name))| is_private(*at, name)).map(|(_, (part, _))| *part)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    let is_separator = |c: char| c == '/' || (cfg!(windows) && c == '\\');
    path.split(is_separator).filter(|part| !matches!(*part, "" | "." | ".."))
}

/// A name as a file system may take it: macOS and Windows know no case, macOS leaves out characters without a width,
/// Windows dots and spaces at the end and what stands behind a colon.
fn plain(name: &str) -> String {
    let is_seen = |c: &char| !text::is_hidden(*c);
    let name: String = name.chars().filter(is_seen).flat_map(char::to_lowercase).collect();
    let stream = name.find(':').filter(|at| *at > 0).unwrap_or(name.len());
    name[..stream].trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_private() {
        let yes = "
            .env .ENV .env.local .envrc .env-prod .env/x prod.env .environment a/.env.d/x .netrc _netrc .npmrc
            .pypirc .htpasswd id_rsa id_rsa.pub ID_RSA id_dsa id_ecdsa_sk id_ed25519 keys/id_ed25519.bak a.pem A.PEM
            tls.key key.p12 x.pfx x.jks x.keystore x.ppk x.p8 gha-creds-1a2b.json credentials credentials.json
            my-credentials.yaml .cargo/credentials.toml aws_credentials.csv service-account.json
            gcp-service-account-1.json my_service_account.json .dvc/config.local sub/.dvc/config.local
            .git-credentials .aws/config .AWS/config .ssh/config .gnupg/x .docker/config.json .kube/config kubeconfig
            secrets.yml secrets.yaml secrets.json secrets/a.txt .secrets kaggle.json client_secret_1.json
            .config/gcloud/x .config/gh/hosts.yml .cache/huggingface/token token.json terraform.tfstate .env\u{200c}
            secrets/metrics.json secret/m.json TOKEN token.txt hf/token token.pickle credentials_2.csv
            hf_token.json auth.json .kaggle/access_token.json api_key.json password.txt prod.tfvars.json a.tfstate
            .env. .env::$DATA .n\u{200d}etrc";
        for path in yes.split_whitespace() {
            assert!(private(path).is_some(), "{path}");
        }
        let no = "
            keys.json tokenizer.json tokenizer_config.json tokens.json environment.json environment.yml env.json
            environment metrics.json params.yaml results.env.json a/env/metrics.json docker/config.json config.json
            .dvc/config dvc.yaml keynote.csv keyboard.json pem.json rsa.json id.json identity.json id_row.csv ssh.json
            tokenizer_metrics.json tokens_per_second.json token_stats.json token_accuracy.csv per_token.json
            environment.json environments/metrics.json secrets_detection/metrics.json secret_detection.json
            token/metrics.json token.json/metrics.csv tokens/m.json secrets_found.csv passwords.json keyword.json
            api_key_detection/metrics.json env_steps.csv results.environment.json keys/metrics.json
            secretary.json gha.json key model.key/metrics.json creds.json kube/config monkey.json hf/config.local
            .github/x.json .gitignore .gitattributes git.json x.git/m.json .dvcignore dvclive/metrics.json";
        for path in no.split_whitespace() {
            assert_eq!(refused(path), None, "{path}");
        }
        assert_eq!(private("a/.Env.local/b"), Some(".Env.local"));
    }

    #[test]
    fn gits_own_folder_is_known_in_any_spelling() {
        for path in
            [".git", ".git/config", "a/.git/x", ".GIT/config", ".Git", ".git./x", ".git /x", "GIT~1/x"]
        {
            assert_eq!(refused(path), Some(Refusal::Git), "{path}");
        }
        for path in [".g\u{200c}it/config", ".git::$INDEX_ALLOCATION/config"] {
            assert_eq!(refused(path), Some(Refusal::Git), "{path}");
        }
    }
}
