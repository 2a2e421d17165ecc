//! What DynamoDB's errors mean to a use case. Texts name operations, tables and error codes, never contents.

use application::port::StoreError;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::stored_row::UnreadableRow;

/// Whether a condition of a single write did not hold.
pub(crate) fn is_failed_condition<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("ConditionalCheckFailedException")
}

/// The meaning of a failed `operation` on `table`.
pub(crate) fn store_error<E: ProvideErrorMetadata, R>(
    operation: &str,
    table: &str,
    error: &SdkError<E, R>,
) -> StoreError {
    let place = format!("{operation} on {table}");
    match error {
        SdkError::TimeoutError(_) => StoreError::Unavailable(format!("{place}: no answer in time")),
        SdkError::DispatchFailure(_) => StoreError::Unavailable(format!("{place}: no connection")),
        SdkError::ResponseError(_) => StoreError::Unavailable(format!("{place}: the answer broke off")),
        SdkError::ServiceError(_) => {
            let code = code(error).unwrap_or("an error without a code");
            by_code(code)(format!("{place}: {code}"))
        }
        _ => StoreError::Invalid(format!("{place}: the request could not be made")),
    }
}

/// The meaning of an error code, be it of a request or of one part of a transaction.
pub(crate) fn by_code(code: &str) -> fn(String) -> StoreError {
    match code {
        "ConditionalCheckFailedException"
        | "TransactionConflictException"
        | "ConditionalCheckFailed"
        | "TransactionConflict"
        | "DuplicateItem" => StoreError::Conflict,
        "InternalServerError"
        | "LimitExceededException"
        | "ProvisionedThroughputExceeded"
        | "ProvisionedThroughputExceededException"
        | "ReplicatedWriteConflictException"
        | "RequestLimitExceeded"
        | "ServiceUnavailable"
        | "ThrottlingError"
        | "ThrottlingException"
        | "TransactionInProgressException" => StoreError::Unavailable,
        _ => StoreError::Invalid,
    }
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// A request that lacks a required part.
pub(crate) fn incomplete(error: BuildError) -> StoreError {
    StoreError::Invalid(error.to_string())
}

impl From<UnreadableRow> for StoreError {
    fn from(error: UnreadableRow) -> Self {
        Self::Invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::put_item::PutItemError;

    use super::*;

    fn answered(code: &str) -> StoreError {
        let metadata = ErrorMetadata::builder()
            .code(code)
            .message("the value +12025550101 is refused")
            .build();
        let error = SdkError::service_error(PutItemError::generic(metadata), ());
        store_error("PutItem", "t-shifts", &error)
    }

    #[test]
    fn codes_are_told_apart_by_what_helps() {
        assert!(matches!(
            answered("ConditionalCheckFailedException"),
            StoreError::Conflict(_)
        ));
        assert!(matches!(
            answered("TransactionConflictException"),
            StoreError::Conflict(_)
        ));
        assert!(matches!(answered("ThrottlingException"), StoreError::Unavailable(_)));
        assert!(matches!(answered("InternalServerError"), StoreError::Unavailable(_)));
        for code in [
            "ValidationException",
            "ResourceNotFoundException",
            "AccessDeniedException",
        ] {
            assert!(matches!(answered(code), StoreError::Invalid(_)), "{code}");
        }
        let late = SdkError::<PutItemError, ()>::timeout_error("late");
        assert!(matches!(store_error("PutItem", "t", &late), StoreError::Unavailable(_)));
    }

    #[test]
    fn texts_say_where_and_which_code_and_nothing_of_the_content() {
        let text = answered("ValidationException").to_string();
        assert_eq!(text, "store refused: PutItem on t-shifts: ValidationException");
    }
}
