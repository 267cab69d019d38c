//! Items out of an answer, with what stands around them where a row asks for it.

use cloudscope_catalog::{MapContext, list::ListSpec};
use serde_json::{Map, Value};

/// No page has more.
const MOST: usize = 1_000_000;
/// Longer texts are not read as JSON.
const MOST_TEXT: usize = 1 << 20;

/// The items of a page that are of the row's kind. `parent` fills the fields that the row adds. They are taken
/// out of the page, unless another row still wants it (`keep`).
pub(crate) fn items(
    spec: &ListSpec,
    page: &mut Value,
    parent: &Value,
    context: &MapContext,
    keep: bool,
) -> Vec<Value> {
    // The same for all of them.
    let set: Vec<(&String, String)> =
        spec.set.iter().filter_map(|(name, t)| Some((name, t.with(parent, context)?))).collect();
    let mut found = Vec::new();
    let mut put = |item: Value, around: Option<&Map<String, Value>>| {
        let mut item = match (&spec.wrap, item) {
            (_, item @ Value::Object(_)) | (None, item) => item,
            (Some(field), item) => Value::Object(Map::from_iter([(field.clone(), item)])),
        };
        let Value::Object(fields) = &mut item else { return };
        for name in &spec.outer {
            if let Some(value) = around.and_then(|a| a.get(name)).filter(|_| !fields.contains_key(name)) {
                fields.insert(name.clone(), value.clone());
            }
        }
        for (name, text) in &set {
            fields.insert((*name).clone(), text.as_str().into());
        }
        if spec.when.iter().all(|w| w.holds(&item)) {
            found.push(item);
        }
    };
    let taken = |item: &mut Value| if keep { item.clone() } else { item.take() };
    if spec.outer.is_empty() {
        spec.items.each_mut(page, &mut |item| put(taken(item), None));
        return found;
    }
    for pointer in spec.items.pointers(page, MOST) {
        let Some(item) = page.pointer_mut(&pointer).map(taken) else { continue };
        put(item, around(&pointer).and_then(|p| page.pointer(p)?.as_object()));
    }
    found
}

/// Reads the fields of an item whose text is JSON. A text that is none stays as it is.
pub(crate) fn decode(spec: &ListSpec, item: &mut Value) {
    for pointer in spec.decode.iter().flat_map(|path| path.pointers(item, MOST)).collect::<Vec<_>>() {
        let Some(place) = item.pointer_mut(&pointer) else { continue };
        let text = place
            .as_str()
            .filter(|text| text.len() <= MOST_TEXT && text.trim_start().starts_with(['{', '[']));
        if let Some(read) = text.and_then(|text| serde_json::from_str(text).ok()) {
            *place = read;
        }
    }
}

/// The pointer to the object that holds the array that an item stands in.
fn around(pointer: &str) -> Option<&str> {
    let array = &pointer[..pointer.rfind('/')?];
    Some(&array[..array.rfind('/')?])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(rest: &str) -> ListSpec {
        let mut catalog = cloudscope_catalog::Catalog::default();
        let text = format!(
            "version = 1\n[[kind]]\nkind = \"aws.x.y\"\ncategory = \"other\"\nprovider = \"aws\"\ntitle = \"Y\"\nid = \"/Id\"\ncolumns = [\"name\"]\n[kind.list]\noperation = \"x:List\"\n{rest}"
        );
        catalog.add("own.toml", &text).unwrap();
        (**catalog.spec(&"aws.x.y".parse().unwrap()).unwrap().list.as_ref().unwrap()).clone()
    }

    #[test]
    fn texts_that_are_json_are_read_where_a_row_says_so() {
        let row = spec("items = \"/I/*\"\ndecode = [\"/Policy\", \"/Many/*\"]");
        let mut item =
            json!({"Id": "a", "Policy": "{\"S\": [1]}", "Many": ["[true]", "no", 3], "Other": "{}"});
        decode(&row, &mut item);
        assert_eq!(item, json!({"Id": "a", "Policy": {"S": [1]}, "Many": [[true], "no", 3], "Other": "{}"}));
        let mut broken = json!({"Id": "a", "Policy": "{\"S\": "});
        decode(&row, &mut broken);
        assert_eq!(broken, json!({"Id": "a", "Policy": "{\"S\": "}));
    }

    #[test]
    fn items_take_what_a_row_says() {
        let mut page = json!({"R": [{"Owner": "1", "I": [{"Id": "a"}, {"Id": "b", "Owner": "2"}]}, {"I": []}], "Names": ["n"]});
        let nested = spec("items = \"/R/*/I/*\"\nouter = [\"Owner\"]\nset = { Cluster = \"{/Arn}\" }");
        let parent = json!({"Arn": "c"});
        assert_eq!(
            items(&nested, &mut page.clone(), &parent, &MapContext::default(), false),
            [
                json!({"Id": "a", "Owner": "1", "Cluster": "c"}),
                json!({"Id": "b", "Owner": "2", "Cluster": "c"})
            ]
        );
        let bare = spec("items = \"/Names/*\"\nwrap = \"Name\"");
        assert_eq!(
            items(&bare, &mut page.clone(), &Value::Null, &MapContext::default(), false),
            [json!({"Name": "n"})]
        );
        let only = spec("items = \"/R/*/I/*\"\nwhen = { path = \"/Owner\", not = [\"2\"] }");
        assert_eq!(
            items(&only, &mut page.clone(), &Value::Null, &MapContext::default(), false),
            [json!({"Id": "a"})]
        );
        let one = spec("items = \"/R/0\"");
        assert_eq!(items(&one, &mut page.clone(), &Value::Null, &MapContext::default(), false).len(), 1);
        let none = spec("items = \"/None/*\"");
        assert!(items(&none, &mut page, &Value::Null, &MapContext::default(), false).is_empty());
    }
}
