//! A shift booked by text, on the running stack.

use tests::Product;

use crate::product;

const ANNA: &str = "+12025550101";

#[tokio::test]
async fn a_code_books_a_shift() {
    let product: Product = product().await;
    product.put_employee(ANNA).await;
    product.put_shift("XYZ123", "Mon 9-5").await;
    let answer = product.ask(ANNA, " xyz123, xyz222,").await;
    assert_eq!(
        answer,
        "Request summary - Shift booked: XYZ123 (Mon 9-5) | Shift doesn't exist: XYZ222. Text REQUEST for available shifts."
    );
    let row = product.shift("XYZ123").await;
    assert_eq!(
        (&row["shift_status"], &row["employee"]),
        (&"taken".into(), &ANNA.into())
    );
}
