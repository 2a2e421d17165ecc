//! The registered texts.

use domain::template::TemplateRow;
use messaging::RegisteredTemplate;

use super::{Bench, at};
use crate::port::Registration;

fn typed(id: &str) -> TemplateRow {
    TemplateRow {
        id: id.to_owned(),
        content: Some(" Hi {#var#} ".to_owned()),
        active: true,
        ..TemplateRow::default()
    }
}

fn registered(content: &str) -> RegisteredTemplate {
    RegisteredTemplate {
        message_id: "188950".to_owned(),
        dlt_template_id: Some("1107000000000000001".to_owned()),
        name: Some("offer".to_owned()),
        content: content.to_owned(),
    }
}

pub(super) async fn a_template_reads_back(bench: &dyn Bench) {
    let full = TemplateRow {
        name: Some("Offer".to_owned()),
        dlt_template_id: Some("1107000000000000001".to_owned()),
        message_id: Some("188950".to_owned()),
        variables: vec!["Name = registrant name".to_owned(), "fixed: bye".to_owned()],
        language: Some("mn".to_owned()),
        active: false,
        ..typed("offer")
    };
    for row in [full, typed("hello")] {
        bench.put_template(row.clone()).await;
        assert_eq!(bench.templates().get(&row.id).await.unwrap(), Some(row));
    }
    assert_eq!(bench.templates().get("nobody's").await.unwrap(), None);
}

pub(super) async fn what_a_provider_tells_is_taken_over_once(bench: &dyn Bench) {
    let templates = bench.templates();
    let register = async |content: &str| templates.register(&registered(content), at(1)).await.unwrap();
    assert_eq!(register("Hi {#var#}").await, Registration::New);
    assert_eq!(register("Hi {#var#}").await, Registration::Unchanged);
    let expected = TemplateRow {
        name: Some("offer".to_owned()),
        content: Some("Hi {#var#}".to_owned()),
        message_id: Some("188950".to_owned()),
        dlt_template_id: Some("1107000000000000001".to_owned()),
        ..typed("188950")
    };
    assert_eq!(templates.get("188950").await.unwrap(), Some(expected));
}

pub(super) async fn what_people_typed_of_a_template_stays(bench: &dyn Bench) {
    let row = TemplateRow {
        name: Some("Mine".to_owned()),
        variables: vec!["Name = registrant name".to_owned()],
        language: Some("mn".to_owned()),
        active: false,
        ..typed("188950")
    };
    bench.put_template(row.clone()).await;
    let registration = bench
        .templates()
        .register(&registered("Bye {#var#}"), at(1))
        .await
        .unwrap();
    assert_eq!(registration, Registration::Changed);
    let expected = TemplateRow {
        content: Some("Bye {#var#}".to_owned()),
        message_id: Some("188950".to_owned()),
        dlt_template_id: Some("1107000000000000001".to_owned()),
        ..row
    };
    assert_eq!(bench.templates().get("188950").await.unwrap(), Some(expected));
}

pub(super) async fn what_is_wrong_with_a_template_is_noted(bench: &dyn Bench) {
    let templates = bench.templates();
    bench.put_template(typed("hello")).await;
    for error in [Some("the row has no content"), None] {
        templates.note("hello", error).await.unwrap();
        templates.note("gone", error).await.unwrap();
        let noted = templates.get("hello").await.unwrap().unwrap().noted;
        assert_eq!(noted.as_deref(), error);
    }
    assert_eq!(templates.get("gone").await.unwrap(), None);
}
