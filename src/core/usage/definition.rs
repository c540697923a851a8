//! What a counter's trigger arguments say. Pure.

/// How many writers of one owner a sharded counter lets pass each other, unless `slots=` says otherwise.
const SLOTS: u32 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    Immediate,
    /// So many slots at most.
    Sharded(u32),
}

/// Where a limit is read, for an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    None,
    /// A column of the owner.
    Column(String),
    /// A column of the owner's plan: the table and its key, found by the owner's column of the plan.
    Plan {
        column: String,
        plans: String,
        key: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub owner: String,
    pub foreign_key: String,
    pub counter: String,
    /// The key column of the owner.
    pub key: String,
    /// What is counted, in words: `projects`.
    pub resource_type: String,
    pub condition: Option<String>,
    /// The column that is summed; rows are counted otherwise.
    pub sum: Option<String>,
    pub limit: Limit,
    /// The owner's column that names its plan.
    pub plan: Option<String>,
    pub storage: Storage,
}

impl Definition {
    /// Reads `owner table, foreign key column, counter column, option=value…`; what is wrong is told in a sentence.
    pub fn read(arguments: &[String]) -> Result<Definition, String> {
        let [owner, foreign_key, counter, options @ ..] = arguments else {
            return Err("it takes the owner's table, the foreign key column and the counter column".to_owned());
        };
        let mut definition = Definition {
            owner: owner.clone(),
            foreign_key: foreign_key.clone(),
            counter: counter.clone(),
            key: "id".to_owned(),
            resource_type: resource_of(counter),
            condition: None,
            sum: None,
            limit: Limit::None,
            plan: None,
            storage: Storage::Immediate,
        };
        let (mut limit, mut plans, mut slots) = (None, None, SLOTS);
        for option in options {
            let (name, value) = option.split_once('=').ok_or_else(|| format!("\"{option}\" is not option=value"))?;
            let value = value.to_owned();
            match name {
                "key" => definition.key = value,
                "resource_type" => definition.resource_type = value,
                "where" => definition.condition = Some(value),
                "sum" => definition.sum = Some(value),
                "limit" => limit = Some(value),
                "plan" => definition.plan = Some(value),
                "plans" => plans = Some(value),
                "slots" => {
                    let wrong = || format!("slots must be a number from 1 to 1000, not \"{value}\"");
                    slots = value.parse().ok().filter(|slots| (1..=1000).contains(slots)).ok_or_else(wrong)?;
                }
                "mode" => {
                    definition.storage = match value.as_str() {
                        "immediate" => Storage::Immediate,
                        "sharded" => Storage::Sharded(slots),
                        _ => return Err(format!("mode must be immediate or sharded, not \"{value}\"")),
                    }
                }
                _ => return Err(format!("there is no option \"{name}\"")),
            }
        }
        if let Storage::Sharded(most) = &mut definition.storage {
            *most = slots;
        }
        definition.limit = match (limit, plans) {
            (None, None) => Limit::None,
            (Some(column), None) => Limit::Column(column),
            (Some(column), Some(plans)) => {
                let (plans, key) = plans
                    .strip_suffix(')')
                    .and_then(|text| text.split_once('('))
                    .ok_or_else(|| format!("plans must be table(key), not \"{plans}\""))?;
                if definition.plan.is_none() {
                    return Err("plans needs plan, the owner's column that names its plan".to_owned());
                }
                Limit::Plan { column, plans: plans.to_owned(), key: key.to_owned() }
            }
            (None, Some(_)) => return Err("plans needs limit, the column of the plans' table".to_owned()),
        };
        Ok(definition)
    }
}

/// What a column counts, in words: `current_project_count` counts `projects`, `current_monthly_ai_requests` counts `ai_requests`.
pub fn resource_of(column: &str) -> String {
    let name = column.strip_prefix("current_").or_else(|| column.strip_prefix("max_")).unwrap_or(column);
    let name = name.strip_prefix("monthly_").unwrap_or(name);
    match name.strip_suffix("_count") {
        Some(thing) => plural(thing),
        None => name.to_owned(),
    }
}

fn plural(thing: &str) -> String {
    match thing.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{}s", thing.strip_suffix('s').unwrap_or(thing)),
    }
}

/// Whether a column counts what is asked for by name; `project` and `storage` are as good as `projects` and `storage_mb`.
pub fn counts(column: &str, resource_type: &str) -> bool {
    let resource_type = resource_of(resource_type);
    let counted = resource_of(column);
    counted == resource_type
        || counted == plural(&resource_type)
        || counted.strip_suffix("_mb") == Some(resource_type.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Definition, Limit, Storage, counts, resource_of};

    fn read(arguments: &[&str]) -> Result<Definition, String> {
        Definition::read(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_read() {
        let read_one = read(&["accounts", "account_id", "current_project_count"]).unwrap();
        assert_eq!((read_one.resource_type.as_str(), read_one.storage), ("projects", Storage::Immediate));
        let all = read(&[
            "app.accounts",
            "account_id",
            "used_mb",
            "sum=size",
            "where=a = 'b=c'",
            "slots=4",
            "mode=sharded",
            "limit=max_mb",
            "plan=tier",
            "plans=plans(name)",
            "resource_type=storage",
            "key=account",
        ])
        .unwrap();
        assert_eq!(all.condition.as_deref(), Some("a = 'b=c'"));
        assert_eq!(all.storage, Storage::Sharded(4));
        let plan = Limit::Plan { column: "max_mb".to_owned(), plans: "plans".to_owned(), key: "name".to_owned() };
        assert_eq!((all.limit, all.resource_type.as_str(), all.key.as_str()), (plan, "storage", "account"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (arguments, told) in [
            (&["a", "b"][..], "owner's table"),
            (&["a", "b", "c", "x"], "option=value"),
            (&["a", "b", "c", "x=y"], "no option"),
            (&["a", "b", "c", "mode=fast"], "immediate or sharded"),
            (&["a", "b", "c", "slots=0"], "1 to 1000"),
            (&["a", "b", "c", "plans=p(k)"], "needs limit"),
            (&["a", "b", "c", "limit=l", "plans=p(k)"], "needs plan"),
            (&["a", "b", "c", "limit=l", "plan=p", "plans=p"], "table(key)"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(told), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn resources_have_names() {
        for (column, resource_type) in [
            ("current_project_count", "projects"),
            ("current_monthly_ai_requests", "ai_requests"),
            ("max_users", "users"),
            ("current_query_count", "queries"),
            ("current_storage_mb", "storage_mb"),
            ("usage_count", "usages"),
        ] {
            assert_eq!(resource_of(column), resource_type);
        }
        assert!(counts("current_user_count", "user") && counts("current_user_count", "users"));
        assert!(counts("current_storage_mb", "storage") && counts("max_monthly_ai_requests", "monthly_ai_requests"));
        assert!(!counts("current_user_count", "projects"));
    }
}
