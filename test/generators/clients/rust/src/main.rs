use client::apis::{configuration::Configuration, registration_api, Error};
use client::apis::registration_api::RegisterError;
use client::models::RegisterRequest;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let config = Configuration { base_path: args[1].clone(), ..Configuration::new() };
    let account = RegisterRequest {
        user_name: Some(Some(args[2].clone())),
        password: Some(Some("correct horse battery".into())),
        ..RegisterRequest::new()
    };
    let answer = registration_api::register(&config, account.clone(), None, None, None).await.expect("registered");
    assert_eq!(answer.data.user_name, args[2]);
    match registration_api::register(&config, account, None, None, None).await {
        // The generated enum is untagged: of the statuses, which all have one type, it takes the first.
        Err(Error::ResponseError(refused)) => match refused.entity {
            Some(RegisterError::Status400(refusal) | RegisterError::Status409(refusal)) => {
                assert_eq!(refusal.reason, args[3])
            }
            _ => panic!("refused: {}", refused.content),
        },
        other => panic!("refused: {other:?}"),
    }
}
