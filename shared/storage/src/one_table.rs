//! The types of ports that need one table.

/// Makes the type of a port on the table whose name it has in the field `$table`.
macro_rules! on_one_table {
    ($(#[$documentation:meta])* $port:ident, $table:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone)]
        pub struct $port {
            client: aws_sdk_dynamodb::Client,
            $table: String,
        }

        impl $port {
            pub fn new(client: aws_sdk_dynamodb::Client, $table: impl Into<String>) -> Self {
                Self {
                    client,
                    $table: $table.into(),
                }
            }
        }
    };
}

pub(crate) use on_one_table;
