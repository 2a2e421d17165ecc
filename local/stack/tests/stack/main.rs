//! The stack with a function of its own: this executable runs the tests, and is the function that the stack starts.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics and prints, and the probe's output is its log"
)]

mod probe;
mod running;

use std::future::Future;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use local_aws::log::LogSink;
use local_stack::stack::{Options, Stack, StartError};
use serde_json::{Value, json};

use running::{Running, eventually, options};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("function") {
        return probe::run();
    }
    let trials = vec![
        trial("a_message_reaches_the_function", a_message_reaches_the_function),
        trial(
            "a_write_reaches_the_function_within_milliseconds",
            a_write_reaches_the_function_within_milliseconds,
        ),
        trial("an_invocation_answers", an_invocation_answers),
        trial("a_request_reaches_the_function", a_request_reaches_the_function),
        trial(
            "a_failed_request_is_answered_by_the_api",
            a_failed_request_is_answered_by_the_api,
        ),
        trial(
            "a_request_is_answered_while_the_stack_stops",
            a_request_is_answered_while_the_stack_stops,
        ),
        trial("one_bad_record_loses_nothing_else", one_bad_record_loses_nothing_else),
        trial(
            "a_batch_that_fails_as_a_whole_is_bisected",
            a_batch_that_fails_as_a_whole_is_bisected,
        ),
        trial(
            "what_a_queue_holds_comes_until_it_is_served",
            what_a_queue_holds_comes_until_it_is_served,
        ),
        trial(
            "an_asynchronous_event_is_tried_three_times",
            an_asynchronous_event_is_tried_three_times,
        ),
        trial(
            "a_killed_process_is_an_exit_error_and_is_replaced",
            a_killed_process_is_an_exit_error_and_is_replaced,
        ),
        trial(
            "a_process_that_takes_too_long_is_killed",
            a_process_that_takes_too_long_is_killed,
        ),
        trial("ten_thousand_records_arrive_once", ten_thousand_records_arrive_once),
        trial("kept_data_is_not_announced_again", kept_data_is_not_announced_again),
        trial(
            "a_schedule_runs_faster_and_never_beside_itself",
            a_schedule_runs_faster_and_never_beside_itself,
        ),
        trial("a_stopped_stack_leaves_no_process", a_stopped_stack_leaves_no_process),
        trial("a_port_in_use_is_a_clear_error", a_port_in_use_is_a_clear_error),
        trial("a_chosen_provider_is_the_route", a_chosen_provider_is_the_route),
        trial(
            "an_unknown_provider_is_a_clear_error",
            an_unknown_provider_is_a_clear_error,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial<F>(name: &'static str, test: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Runtime::new().map_err(Failed::from)?;
        runtime.block_on(test());
        Ok(())
    })
}

async fn a_message_reaches_the_function() {
    let running = Running::start().await;
    running.publish("hello").await;

    eventually(|| running.served().contains(&"message hello".to_owned())).await;
    running.stack.stop().await;
}

async fn a_write_reaches_the_function_within_milliseconds() {
    let running = Running::start().await;
    running.put("warm-up").await;
    eventually(|| running.served().contains(&"record warm-up".to_owned())).await;

    let begun = Instant::now();
    running.put("measured").await;
    while !running.served().contains(&"record measured".to_owned()) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    println!("a write reached the function in {:?}", begun.elapsed());
    running.stack.stop().await;
}

async fn an_invocation_answers() {
    let running = Running::start().await;

    for name in [
        "ProbeFunction",
        "shiftline-ProbeFunction",
        "arn:aws:lambda:us-east-1:000000000000:function:shiftline-ProbeFunction",
    ] {
        let answer = running.stack.invoke(name, br#"{"a":1}"#.to_vec()).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&answer.payload).unwrap(),
            json!({ "a": 1 })
        );
        assert_eq!(answer.function_error, None);
    }
    let environment = running
        .stack
        .invoke("ProbeFunction", br#"{"do":"environment"}"#.to_vec())
        .await
        .unwrap();
    let environment: Value = serde_json::from_slice(&environment.payload).unwrap();
    assert_eq!(environment["ITEMS_TABLE_NAME"], "shiftline-items");
    assert_eq!(environment["AWS_ENDPOINT_URL"], running.stack.addresses().aws_url());
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "shiftline-ProbeFunction");
    assert!(environment.get("CARGO").is_none() && environment.get("HOME").is_none());

    let status = running.functions().await;
    let probe = status["functions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["logical_id"] == "ProbeFunction")
        .unwrap();
    assert_eq!((&probe["invocations"], &probe["errors"]), (&json!(4), &json!(0)));
    assert_eq!(probe["pids"].as_array().unwrap().len(), 1);
    running.stack.stop().await;
}

async fn a_request_reaches_the_function() {
    let running = Running::start().await;
    let http = running.stack.addresses().http_url();
    let function = running.stack.template().function("ProbeFunction").unwrap();
    assert_eq!(function.environment["URL"], format!("{http}/probe"));

    let response = reqwest::get(format!("{http}/probe/one/status?a=1")).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["content-type"].as_bytes()
        ),
        (200, b"application/json".as_slice())
    );
    let event: Value = response.json().await.unwrap();
    assert_eq!(event["routeKey"], "GET /probe/{name}/status");
    assert_eq!(event["pathParameters"], json!({ "name": "one" }));
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(
        event["requestContext"]["domainName"],
        running.stack.addresses().http.to_string()
    );

    let response = reqwest::get(format!("{http}/probe/x?do=answer")).await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["set-cookie"]),
        (&"text/html".parse().unwrap(), &"a=1".parse().unwrap())
    );
    assert_eq!(response.text().await.unwrap(), "<b>");
    running.stack.stop().await;
}

async fn a_failed_request_is_answered_by_the_api() {
    let running = Running::start().await;
    let http = running.stack.addresses().http_url();
    for (path, status, message) in [
        ("/", 404, "Not Found"),
        ("/probe", 404, "Not Found"),
        ("/probe/x?do=fail", 500, "Internal Server Error"),
        ("/probe/x?do=kill", 500, "Internal Server Error"),
        ("/probe/x?do=hang", 500, "Internal Server Error"),
    ] {
        let response = reqwest::get(format!("{http}{path}")).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({ "message": message }),
            "{path}"
        );
    }
    running.stack.stop().await;
}

async fn a_request_is_answered_while_the_stack_stops() {
    let running = Running::start().await;
    let url = format!("{}/probe/x?do=hang", running.stack.addresses().http_url());
    let answered = tokio::spawn(reqwest::get(url));
    eventually(|| running.status("ProbeFunction").invocations == 1).await;

    running.stack.stop().await;

    let response = answered.await.unwrap().unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "message": "Service Unavailable" })
    );
}

async fn what_a_queue_holds_comes_until_it_is_served() {
    let running = Running::start().await;
    let queues = running.stack.queues();
    let texts = queues.arn("texts");
    for body in ["\"one\"", "\"reject\"", "\"error\"", "\"two\""] {
        queues.send(&texts, body.to_owned()).unwrap();
    }

    eventually(|| running.failures().len() == 2).await;
    eventually(|| queues.peek(&texts).unwrap().is_empty()).await;
    let mut failures = running.failures();
    failures.sort_by_key(Value::to_string);
    assert_eq!(failures, [json!("error"), json!("reject")]);
    for body in ["one", "two"] {
        assert!(running.served().contains(&format!("text \"{body}\"")), "{body}");
    }
    running.stack.stop().await;
}

async fn one_bad_record_loses_nothing_else() {
    let running = Running::start().await;
    let ids: Vec<_> = (0..40)
        .map(|number| {
            if number == 17 {
                "reject".to_owned()
            } else {
                format!("item-{number}")
            }
        })
        .collect();
    running.put_all(&ids).await;

    eventually(|| !running.failures().is_empty()).await;
    for id in ids.iter().filter(|id| *id != "reject") {
        eventually(|| running.served().contains(&format!("record {id}"))).await;
    }
    // What is served and what is given up is under way no more.
    eventually(|| running.status("ReaderFunction").under_way == 0).await;
    let failures = running.failures();
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}")
    };
    assert_eq!(failure["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(failure["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(failure["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(failure["responseContext"].get("functionError"), None);
    assert!(
        failure["DDBStreamBatchInfo"]["streamArn"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:dynamodb:us-east-1:")
    );
    running.stack.stop().await;
}

async fn a_batch_that_fails_as_a_whole_is_bisected() {
    let running = Running::start().await;
    let ids: Vec<_> = (0..20)
        .map(|number| {
            if number == 9 {
                "error".to_owned()
            } else {
                format!("item-{number}")
            }
        })
        .collect();
    running.put_all(&ids).await;

    eventually(|| !running.failures().is_empty()).await;
    for id in ids.iter().filter(|id| *id != "error") {
        eventually(|| running.served().contains(&format!("record {id}"))).await;
    }
    let failures = running.failures();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(failures[0]["responseContext"]["functionError"], "Unhandled");
    running.stack.stop().await;
}

async fn an_asynchronous_event_is_tried_three_times() {
    let running = Running::start().await;
    running.publish("error").await;

    eventually(|| !running.failures().is_empty()).await;
    let failure = &running.failures()[0];
    assert_eq!(failure["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(failure["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(failure["requestPayload"]["Records"][0]["Sns"]["Message"], "error");
    assert_eq!(failure["responseContext"]["functionError"], "Unhandled");
    assert_eq!(failure["responsePayload"]["errorMessage"], "asked to fail");
    assert_eq!(running.served().iter().filter(|it| *it == "message error").count(), 3);
    running.stack.stop().await;
}

async fn a_killed_process_is_an_exit_error_and_is_replaced() {
    let running = Running::start().await;
    running.stack.invoke("ReaderFunction", b"{}".to_vec()).await.unwrap();
    let before = running.pids("ReaderFunction");
    assert_eq!(before.len(), 1);

    let answer = running
        .stack
        .invoke("ReaderFunction", br#"{"do":"kill"}"#.to_vec())
        .await
        .unwrap();

    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
    let error: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Runtime exited with error: signal: killed"),
        "{error}"
    );
    let answer = running.stack.invoke("ReaderFunction", b"{}".to_vec()).await.unwrap();
    assert_eq!(answer.function_error, None);
    let after = running.pids("ReaderFunction");
    assert!(after.len() == 1 && after != before, "{after:?}");
    running.stack.stop().await;
}

async fn a_process_that_takes_too_long_is_killed() {
    let running = Running::start().await;

    let hanging = running.stack.invoke("ProbeFunction", br#"{"do":"hang"}"#.to_vec());
    let under_way = || running.status("ProbeFunction").under_way;
    let (answer, ()) = tokio::join!(hanging, eventually(|| under_way() == 1));

    assert_eq!(under_way(), 0);
    let answer = answer.unwrap();
    let error: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Task timed out after 1.00 seconds"),
        "{error}"
    );
    running.stack.stop().await;
}

async fn ten_thousand_records_arrive_once() {
    const RECORDS: usize = 10_000;
    let running = Running::start().await;
    let ids: Vec<_> = (0..RECORDS).map(|number| format!("item-{number:05}")).collect();

    let begun = Instant::now();
    running.put_all(&ids).await;
    let written = begun.elapsed();
    eventually(|| running.served().len() >= RECORDS).await;

    println!(
        "{RECORDS} records written in {written:?}, served in {:?}",
        begun.elapsed()
    );
    let mut served = running.served();
    served.sort();
    assert!(
        served
            .iter()
            .eq(ids.iter().map(|id| format!("record {id}")).collect::<Vec<_>>().iter())
    );
    running.stack.stop().await;
}

async fn kept_data_is_not_announced_again() {
    let folder = std::env::temp_dir().join(format!("shiftline-stack-test-{}", std::process::id()));
    let options = || Options {
        data: Some(folder.clone()),
        ..options()
    };
    let running = Running::start_with(options()).await;
    running.put("first").await;
    eventually(|| running.served().contains(&"record first".to_owned())).await;
    running.stack.stop().await;

    let running = Running::start_with(options()).await;
    running.put("second").await;
    eventually(|| running.served().contains(&"record second".to_owned())).await;
    assert_eq!(running.served(), ["record second"]);
    running.stack.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

async fn a_schedule_runs_faster_and_never_beside_itself() {
    let running = Running::start_with(Options {
        schedule_speed: 600.0,
        ..options()
    })
    .await;

    eventually(|| {
        running
            .served()
            .iter()
            .filter(|it| *it == "event aws.scheduler")
            .count()
            >= 3
    })
    .await;
    assert_eq!(running.pids("SweepFunction").len(), 1);
    running.stack.stop().await;
}

async fn a_stopped_stack_leaves_no_process() {
    let running = Running::start().await;
    running.stack.invoke("ProbeFunction", b"{}".to_vec()).await.unwrap();
    let pids = running.pids("ProbeFunction");
    assert_eq!(pids.len(), 1);

    running.stack.stop().await;

    #[cfg(target_os = "linux")]
    assert!(
        pids.iter()
            .all(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists())
    );
}

async fn a_port_in_use_is_a_clear_error() {
    let running = Running::start().await;
    let port = running.stack.addresses().aws.port();

    let error = Stack::start(Options {
        aws_port: port,
        log: LogSink::Memory,
        ..options()
    })
    .await
    .unwrap_err();

    assert!(matches!(error, StartError::Port { port: refused, .. } if refused == port));
    assert!(
        error
            .to_string()
            .starts_with(&format!("port {port} for the AWS endpoint cannot be opened")),
        "{error}"
    );
    running.stack.stop().await;
}

async fn a_chosen_provider_is_the_route() {
    let running = Running::start_with(Options {
        provider: Some("skyline".to_owned()),
        ..options()
    })
    .await;
    let parameters = running.stack.parameters();

    assert_eq!(
        parameters.get("/shiftline/dev/routing").as_deref(),
        Some(r#"{"*":["skyline"]}"#)
    );
    let address = parameters.get("/shiftline/dev/gsm/base-url");
    assert_eq!(
        address,
        Some(format!("{}/skyline", running.stack.addresses().phones_url()))
    );
    running.stack.stop().await;
}

async fn an_unknown_provider_is_a_clear_error() {
    let error = Stack::start(Options {
        provider: Some("pigeon".to_owned()),
        ..options()
    })
    .await
    .unwrap_err();

    assert!(matches!(error, StartError::Provider(_)));
    assert!(
        error
            .to_string()
            .starts_with("no provider is called \"pigeon\"; there are end-user-messaging, skyline,"),
        "{error}"
    );
}
