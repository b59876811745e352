//! Plays one payload: makes its world, sends or shows it, and looks at what came of it.

use serde_json::{Value, json};

use rapport::domain::domain_rules;
use rapport::domain::follows as following;
use rapport::domain::resolver::Resolved;
use rapport::ids::AccountId;

use super::cases::Case;
use super::expect::{self, Facts, Verdict};
use super::places::Place;
use super::town::{Town, difference, id_of, ids_under};
use super::world::{Body, Page, key_document, key_of, plain};
use super::{left_out, twins};

/// Everybody.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// How many people of one payload are made known before it comes; floods meet strangers.
const KNOWN: usize = 8;

/// What came of a payload.
pub struct Report {
    /// Which.
    pub name: String,
    /// What is not as it should be.
    pub failures: Vec<String>,
    /// Whether its expectation is left out by name.
    pub is_left_out: bool,
    /// How many words of its expectation say nothing that is checked.
    pub unchecked: usize,
}

/// What happened while a payload was played.
#[derive(Default)]
pub struct Course {
    /// The statuses of the answers.
    pub statuses: Vec<u16>,
    /// What changed, see [`difference`].
    pub changes: Vec<String>,
    /// The addresses that were fetched.
    pub fetched: Vec<String>,
    /// The bodies that were posted to the hosts of this payload.
    pub posted: Vec<String>,
    /// How many bytes of bodies left the world meanwhile.
    pub sent: u64,
    /// The account that a served document turned out to be, the post, or nothing.
    pub resolved: Option<Resolved>,
    /// Trouble inside.
    pub trouble: Vec<String>,
    /// What the worker noted.
    pub notes: String,
}

/// How a payload is brought.
enum Brought {
    /// Bodies for the inbox, in this order.
    Sent(Vec<Vec<u8>>),
    /// A document at this address.
    Shown(String),
}

/// Plays a case, on host names that end with its number.
pub async fn play(town: &Town, case: &Case, n: usize) -> Report {
    let suffix = format!(".n{n}.test");
    let place = Place { suffix: suffix.clone(), is_tidied: !case.is_hostile(), ours: &town.ours };
    let fixture: Option<Value> = serde_json::from_slice(&case.body).ok().filter(Value::is_object);
    let mut signer = place.text(&case.signer);
    let mut document = fixture.as_ref().map_or(Value::Null, |fixture| place.document(fixture));
    if document.get("precondition").is_some() {
        let blocked = format!("blocked.example{suffix}");
        town.server.app.act(move |conn, cx| domain_rules::block(conn, cx, &blocked, "test")).await.expect("a rule");
        town.server.app.reload_rules().await.expect("the rules");
    }
    let is_scenario = document.get("$scenario").is_some();
    if !is_scenario && !case.is_hostile() {
        complete(case, &suffix, &mut document);
        document = stand_in(town, case, document);
    }
    let mut deliveries = deliveries(&document, is_scenario);
    if signer.is_empty() {
        signer = deliveries.first().and_then(|first| id_of(&first["actor"])).unwrap_or_default();
    }
    let served = show(town, case, &document, &signer);
    let friends = befriend(town, case, &document, &signer, &served).await;
    let mut course = Course::default();
    if let Some(first) = deliveries.first_mut() {
        answer_follow(town, case, first, &friends).await;
        let mut named = first.clone();
        named["$post"] = json!(town.here("posts/1"));
        for before in twins::prelude(case, &named) {
            let actor = id_of(&before["actor"]).unwrap_or_default();
            town.world.show_actor(&actor);
            town.befriend(&actor).await;
            let status = town.deliver(before.to_string().as_bytes(), &actor).await;
            if status != 202 {
                course.trouble.push(format!("what comes before it was answered with {status}"));
            }
            course.trouble.extend(town.settle(&suffix).await);
        }
    }
    let brought = if document.is_null() {
        Brought::Sent(vec![place.text(&String::from_utf8_lossy(&case.body)).into_bytes()])
    } else if is_scenario || is_activity(case, &document) {
        Brought::Sent(deliveries.iter().map(|delivery| delivery.to_string().into_bytes()).collect())
    } else {
        wrap(town, case, &document, &suffix, &mut signer, &mut deliveries).await
    };
    let before = town.snapshot(&suffix).await;
    let (visits, sent) = (town.world.visits().len(), town.world.sent());
    match brought {
        Brought::Sent(bodies) => {
            for body in bodies {
                course.statuses.push(town.deliver(&body, &signer).await);
                let trouble = town.settle(&suffix).await;
                course.trouble.extend(trouble);
            }
        }
        Brought::Shown(address) => match town.resolve(&address).await {
            Ok(found) => course.resolved = found,
            Err(trouble) => course.trouble.push(trouble),
        },
    }
    course.changes = difference(&before, &town.snapshot(&suffix).await);
    course.sent = town.world.sent() - sent;
    course.notes = town.notes(&suffix).await;
    if case.expect.iter().any(|word| word == "send_accept") {
        expect::wait_for_accept(town, &suffix).await;
    }
    let all = town.world.visits();
    let own = all[visits.min(all.len())..].iter().filter(|visit| visit.url.contains(&suffix));
    let (got, posted): (Vec<_>, Vec<_>) = own.partition(|visit| visit.method == "GET");
    course.fetched = got.into_iter().map(|visit| visit.url.clone()).collect();
    course.posted = posted.into_iter().map(|visit| visit.body.clone()).collect();
    judge(town, case, &suffix, deliveries.first().unwrap_or(&document), &signer, course).await
}

async fn judge(town: &Town, case: &Case, suffix: &str, activity: &Value, signer: &str, course: Course) -> Report {
    let mut failures: Vec<String> = course.trouble.iter().map(|trouble| format!("trouble inside: {trouble}")).collect();
    failures.extend(
        course.statuses.iter().filter(|status| **status >= 500).map(|status| format!("answered with {status}")),
    );
    let is_left_out = !case.is_twin && left_out::reason(&case.file).is_some();
    let mut unchecked = 0;
    if case.is_twin || !left_out::is_unchecked(&case.file) {
        let facts = Facts::gather(town, suffix, activity, signer, &course).await;
        for word in &case.expect {
            match expect::check(word, &facts, &course, case) {
                Verdict::Holds => {}
                Verdict::Unknown => unchecked += 1,
                Verdict::Fails(why) => failures.push(format!("{word}: {why}")),
            }
        }
        if !failures.is_empty() {
            failures.push(format!("answers {:?}, noted {:?}", course.statuses, course.notes));
        }
    }
    let name = if case.is_twin { format!("{} (repaired)", case.file) } else { case.file.clone() };
    Report { name, failures, is_left_out, unchecked }
}

/// What a document has delivered, in order; of a plain activity, itself.
fn deliveries(document: &Value, is_scenario: bool) -> Vec<Value> {
    if !is_scenario {
        return if document.is_object() { vec![document.clone()] } else { Vec::new() };
    }
    if let Some(twice) = document.get("deliver_twice") {
        return vec![twice.clone(), twice.clone()];
    }
    match document.get("deliver_many").and_then(Value::as_array) {
        Some(many) => many.clone(),
        None => document.get("deliver").cloned().into_iter().collect(),
    }
}

/// Whether a document goes to the inbox as it is. Some objects name an actor as activities do.
fn is_activity(case: &Case, document: &Value) -> bool {
    let is_object = !case.is_hostile() && document.get("attributedTo").is_some() && document.get("object").is_none();
    document.get("actor").is_some() && document.get("type").is_some() && !is_object
}

/// Adds what other projects' tests leave out where it does not matter to them: an inbox, an id, an author, an audience.
fn complete(case: &Case, suffix: &str, document: &mut Value) {
    if !document.is_object() {
        return;
    }
    let home = id_of(document).unwrap_or_else(|| format!("https://somewhere{suffix}/document"));
    let near = |path: &str| json!(url::Url::parse(&home).and_then(|url| url.join(path)).expect("an address").as_str());
    match case.expect[0].as_str() {
        "actor" if document.get("inbox").is_none() => document["inbox"] = json!(format!("{home}/inbox")),
        "share" if document.get("actor").is_none() => document["actor"] = near("/users/author"),
        "store_post" => {
            let mut audience = Vec::new();
            ["to", "cc", "bto", "bcc"].iter().for_each(|name| ids_under(document, name, &mut audience));
            let is_bare = document.get("object").is_none();
            let object = if is_bare { &mut *document } else { &mut document["object"] };
            if !object.is_object() {
                return;
            }
            if object.get("id").is_none() {
                object["id"] = near("/objects/nameless");
            }
            if is_bare && object.get("attributedTo").is_none() && object.get("actor").is_none() {
                object["attributedTo"] = near("/users/author");
            }
            // What is for nobody in particular concerns nobody here.
            if audience.is_empty() && case.expect.iter().any(|word| word == "visibility=unspecified") {
                object["to"] = json!([PUBLIC]);
            }
        }
        _ => {}
    }
}

/// What other projects' tests say of their own local accounts and posts, said of ours.
fn stand_in(town: &Town, case: &Case, mut document: Value) -> Value {
    let (brand, post) = (town.brand.account.uri.clone(), town.here("posts/1"));
    let object_of = |kind: &Value| match kind.as_str() {
        Some("Follow" | "Block") => Some(json!(brand)),
        Some("Like" | "EmojiReact" | "Announce") => Some(json!(post)),
        _ => None,
    };
    match case.expect[0].as_str() {
        "follow" | "block" | "like" => {
            if let Some(object) = object_of(&document["type"]) {
                document["object"] = object;
            }
        }
        "undo_follow" | "undo_like" | "undo_block" | "undo_announce" if document["object"].is_object() => {
            document["object"]["actor"] = document["actor"].clone();
            if let Some(object) = object_of(&document["object"]["type"]) {
                document["object"]["object"] = object;
            }
        }
        "vote" => {
            let poll = town.here("posts/poll1");
            let vote = if document.get("actor").is_some() { &mut document["object"] } else { &mut document };
            vote["inReplyTo"] = json!(poll);
            vote["name"] = json!("Option A");
            vote["to"] = json!(brand);
        }
        _ => {}
    }
    if case.expect.iter().any(|word| word == "visibility=direct") {
        let mut to = Vec::new();
        ids_under(&document, "to", &mut to);
        if let Some(first) = to.first() {
            document = serde_json::from_str(&document.to_string().replace(first.as_str(), &brand)).unwrap_or(document);
        }
    }
    document
}

/// Shows everything that a payload needs elsewhere; the addresses that it brings itself.
fn show(town: &Town, case: &Case, document: &Value, signer: &str) -> Vec<String> {
    let world = &town.world;
    let mut served = Vec::new();
    for (address, page) in document.get("serves").and_then(Value::as_object).into_iter().flatten() {
        let mut body = page["body"].clone();
        if body["type"] == "Person" && body.get("publicKey").is_none() {
            body["publicKey"] = key_document(body["id"].as_str().unwrap_or_default());
        }
        let text = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned)
            .replace("$mal_pem", &key_of(signer).public().to_pem().replace('\n', "\\n"));
        let body = match (page["repeat"].as_str(), page["bytes"].as_u64()) {
            (Some(unit), Some(bytes)) => {
                Body::Repeated(unit.bytes().next().unwrap_or(b'A'), usize::try_from(bytes).unwrap_or(0))
            }
            _ => Body::Bytes(text.into_bytes()),
        };
        let headers = page["headers"].as_object().into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
        let status = page["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        world.show(address, Page { status, headers, body });
        served.push(plain(address));
    }
    if !signer.is_empty() {
        world.show_actor(signer);
    }
    let mut actors = Vec::new();
    for name in ["actor", "attributedTo"] {
        ids_under(document, name, &mut actors);
    }
    actors.extend(mentioned(document));
    for actor in actors.iter().filter(|actor| !actor.starts_with("https://local.example")) {
        world.show_actor(actor);
    }
    let is_spoofed = case.expect.iter().any(|word| word == "refetch_or_reject");
    if !case.is_hostile() && !is_spoofed && matches!(document["type"].as_str(), Some("Announce" | "Create")) {
        show_object(town, document);
    }
    served
}

/// Shows what an activity of other software is about at its own address.
fn show_object(town: &Town, document: &Value) {
    let mut object = document["object"].clone();
    while object.get("object").is_some() {
        object = object["object"].take();
    }
    // What is named by a fragment, as votes are, has no address of its own.
    let is_apart = |id: &String| !id.starts_with("https://local.example") && !id.contains('#');
    let Some(id) = id_of(&object).filter(is_apart) else { return };
    if !object.is_object() {
        let elsewhere =
            || url::Url::parse(&id).and_then(|url| url.join("/users/author")).map(|url| json!(url.as_str()));
        let author =
            if document["type"] == "Create" { document["actor"].clone() } else { elsewhere().unwrap_or_default() };
        town.world.show_actor(author.as_str().unwrap_or_default());
        object = json!({ "id": id, "type": "Note", "attributedTo": author, "content": "<p>What it is about</p>", "to": [PUBLIC] });
    }
    town.world.show(&id, Page::document(&object));
}

fn mentioned(document: &Value) -> Vec<String> {
    let tags = &document.get("object").filter(|object| object.is_object()).unwrap_or(document)["tag"];
    let tags = tags.as_array().map_or(std::slice::from_ref(tags), Vec::as_slice);
    let mentions = tags.iter().filter(|tag| tag["type"] == "Mention");
    let addresses = mentions
        .filter_map(|tag| tag["href"].as_str())
        .filter(|href| href.starts_with("http") && url::Url::parse(href).is_ok());
    addresses.take(KNOWN).map(str::to_owned).collect()
}

/// Makes those whom a payload names known, and its sender followed.
async fn befriend(
    town: &Town,
    case: &Case,
    document: &Value,
    signer: &str,
    served: &[String],
) -> Vec<(String, AccountId)> {
    if matches!(case.name(), "scn-actor-410-delete" | "scn-key-owner-mismatch" | "scn-blocked-subdomain")
        && !case.is_twin
    {
        return Vec::new();
    }
    let mut people = vec![signer.to_owned()];
    ids_under(document, "actor", &mut people);
    ids_under(document, "attributedTo", &mut people);
    people.truncate(KNOWN);
    // New posts may name one or two strangers, whom the server has to look up itself.
    let is_new = document["type"] == "Create" || !is_activity(case, document);
    if (if is_new { 3 } else { 1 }..KNOWN).contains(&mentioned(document).len()) {
        people.extend(mentioned(document));
    }
    let mut known = Vec::new();
    for id in people {
        let is_strange = id.is_empty() || id.starts_with("https://local.example") || served.contains(&plain(&id));
        if is_strange || known.iter().any(|(one, _): &(String, AccountId)| *one == id) {
            continue;
        }
        if let Some(account) = town.befriend(&id).await {
            known.push((id, account.id));
        }
    }
    known
}

/// Where a payload answers a Follow of ours, the brand asks first, and the payload names that Follow.
async fn answer_follow(town: &Town, case: &Case, activity: &mut Value, friends: &[(String, AccountId)]) {
    let asked = match case.name() {
        "accept-follow-not-target" => id_of(&activity["object"]["object"]),
        _ if case.expect[0] == "accept_follow" => id_of(&activity["actor"]),
        _ => return,
    };
    let Some((_, id)) = friends.iter().find(|(uri, _)| Some(uri) == asked.as_ref()) else { return };
    town.follow(&town.brand, *id).await;
    let (me, them) = (town.brand.account.id, *id);
    let Some(follow) = town.read(move |conn| following::between(conn, me, them)).await else { return };
    activity["object"] = if activity["object"].is_object() {
        json!({ "id": follow.uri, "type": "Follow", "actor": town.brand.account.uri, "object": asked })
    } else {
        json!(follow.uri)
    };
}

/// Brings a document that is no activity: an object by its author, everything else at its own address.
async fn wrap(
    town: &Town,
    case: &Case,
    document: &Value,
    suffix: &str,
    signer: &mut String,
    deliveries: &mut Vec<Value>,
) -> Brought {
    let id = id_of(document);
    let author = {
        let mut found = Vec::new();
        // Groups name their moderators in the same way.
        if let Some(authors) = document.get("attributedTo").filter(|_| case.expect[0] != "actor") {
            ids_under(&json!({ "attributedTo": authors }), "attributedTo", &mut found);
        }
        found.into_iter().next()
    };
    if let (Some(id), Some(author)) = (&id, author) {
        let mut create = json!({ "@context": document["@context"], "id": format!("{id}#wrapped"), "type": "Create", "actor": author, "object": document });
        for name in ["to", "cc"] {
            if let Some(audience) = document.get(name) {
                create[name] = audience.clone();
            }
        }
        *signer = author;
        let body = create.to_string().into_bytes();
        *deliveries = vec![create];
        return Brought::Sent(vec![body]);
    }
    let subject = document["subject"].as_str().and_then(|subject| subject.strip_prefix("acct:")).map(str::to_owned);
    if let Some((_, host)) = subject.as_deref().and_then(|subject| subject.split_once('@')) {
        town.world.show(
            &format!("https://{host}/.well-known/webfinger"),
            Page {
                status: 200,
                headers: vec![("content-type".into(), "application/jrd+json".into())],
                body: Body::Bytes(document.to_string().into_bytes()),
            },
        );
    }
    let address = id.unwrap_or_else(|| format!("https://somewhere{suffix}/document"));
    town.world.show(&address, Page::document(document));
    Brought::Shown(address)
}
