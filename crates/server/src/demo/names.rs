//! What people call their keys.

use std::collections::HashMap;

use keydeck_domain::Environment;

use super::chance::Chance;
use super::rhythm::Work;

const COMPONENTS: [&str; 22] = [
    "Orders API",
    "Billing worker",
    "Checkout",
    "Search indexer",
    "Webhook relay",
    "Payments gateway",
    "Catalogue sync",
    "Fraud scoring",
    "Notification service",
    "Ingest worker",
    "Session service",
    "Pricing engine",
    "Warehouse bridge",
    "Shipping labels",
    "Ledger",
    "Document store",
    "Event stream",
    "Recommendations",
    "Identity proxy",
    "Tax service",
    "Inventory",
    "Media resizer",
];
const PLACES: [&str; 9] = ["eu-west", "eu-central", "us-east", "us-west", "ap-south", "primary", "standby", "blue", "green"];
const COMPANIES: [&str; 30] = [
    "Contoso",
    "Fabrikam",
    "Tailspin Toys",
    "Adventure Works",
    "Litware",
    "Proseware",
    "Wingtip",
    "Fourth Coffee",
    "Alpine Ski House",
    "Blue Yonder",
    "Coho Winery",
    "Graphic Design Institute",
    "Humongous Insurance",
    "Lucerne Publishing",
    "Margie's Travel",
    "Trey Research",
    "Woodgrove Bank",
    "Wide World Importers",
    "VanArsdel",
    "Relecloud",
    "Munson's Pickles",
    "Consolidated Messenger",
    "City Power & Light",
    "A. Datum",
    "School of Fine Art",
    "Southridge Video",
    "Nod Publishers",
    "Best For You Organics",
    "Bellows College",
    "Liberty's Delightful Bakery",
];
const FRONTS: [&str; 10] = [
    "Storefront",
    "Mobile app",
    "Partner portal",
    "Admin console",
    "Kiosk",
    "Help centre",
    "Point of sale",
    "Marketplace",
    "Chat widget",
    "Customer dashboard",
];
const COUNTRIES: [&str; 12] = [
    "Germany",
    "France",
    "Spain",
    "Italy",
    "Poland",
    "Sweden",
    "United Kingdom",
    "Canada",
    "Brazil",
    "India",
    "Japan",
    "Australia",
];
const RUNS: [&str; 14] = [
    "Nightly backup",
    "Ledger export",
    "Price import",
    "Search rebuild",
    "Invoice run",
    "Report mailer",
    "Stock reconciliation",
    "Data warehouse load",
    "Address clean-up",
    "Currency rates",
    "Archive job",
    "Newsletter segments",
    "Audit copy",
    "Usage report",
];
const REPOSITORIES: [&str; 16] = [
    "orders-service",
    "billing",
    "storefront",
    "checkout-tests",
    "mobile-ios",
    "mobile-android",
    "infrastructure",
    "data-pipeline",
    "end-to-end",
    "sdk-python",
    "sdk-go",
    "sdk-node",
    "docs-examples",
    "load-tests",
    "search",
    "payments",
];
const PEOPLE: [&str; 24] = [
    "Amara", "Bjarne", "Chiara", "Deniz", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kavya", "Lena", "Mateo", "Noor",
    "Olga", "Priya", "Quentin", "Rosa", "Sven", "Tomasz", "Uma", "Vera", "Wei", "Zoë",
];
const TRIES: [&str; 9] =
    ["laptop", "sandbox", "notebook", "Postman", "workshop", "demo for sales", "support case", "migration test", "spike"];

/// Names that were given; one that comes again gets a number, as people do.
#[derive(Default)]
pub(super) struct Names(HashMap<String, u32>);

impl Names {
    pub(super) fn next(&mut self, work: Work, environment: Environment, chance: &mut Chance) -> String {
        let name = invented(work, environment, chance);
        let times = self.0.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name } else { format!("{name} {times}") }
    }
}

fn invented(work: Work, environment: Environment, chance: &mut Chance) -> String {
    let staging = |chance: &mut Chance| if environment == Environment::Test && chance.happens(0.7) { ", staging" } else { "" };
    match work {
        Work::Service => {
            let (component, place) = (chance.pick(&COMPONENTS), chance.pick(&PLACES));
            format!("{component} {place}{}", staging(chance))
        }
        Work::Application if chance.happens(0.55) => {
            let (company, kind) =
                (chance.pick(&COMPANIES), chance.pick(&["Partner: ", "Partner: ", "Reseller: ", "Integration: "]));
            format!("{kind}{company}{}", staging(chance))
        }
        Work::Application => {
            let (front, country) = (chance.pick(&FRONTS), chance.pick(&COUNTRIES));
            format!("{front}, {country}{}", staging(chance))
        }
        Work::Daily { .. } => {
            let (run, place) = (chance.pick(&RUNS), chance.pick(&PLACES));
            format!("{run} ({place}){}", staging(chance))
        }
        Work::Builds => {
            let (repository, what) = (chance.pick(&REPOSITORIES), chance.pick(&["CI", "CI", "Release", "Preview"]));
            format!("{what}: {repository}")
        }
        Work::Person => {
            let (person, thing) = (chance.pick(&PEOPLE), chance.pick(&TRIES));
            format!("{person}: {thing}")
        }
    }
}

/// Why somebody wanted it; most keys have no note.
pub(super) fn note(chance: &mut Chance) -> String {
    const NOTES: [&str; 8] = [
        "Rotate in January, together with the database password.",
        "Asked for in ticket OPS-1482.\nOwner: platform team.",
        "Belongs to the old deployment; goes when the migration is done.",
        "Read only: they need nothing else.",
        "Kept in the vault of the deployment tool, nowhere else.",
        "Contract ends in summer, ask sales before it is renewed.",
        "Two hosts share this one.",
        "Used by the script in tools/, not by the service.",
    ];
    if chance.happens(0.22) { chance.pick(&NOTES).to_owned() } else { String::new() }
}

/// The team that answers for it, in the metadata.
pub(super) fn team(chance: &mut Chance) -> &'static str {
    chance.pick(&["platform", "payments", "storefront", "data", "logistics", "partners", "mobile"])
}

/// Which program calls.
pub(super) fn agent(work: Work, chance: &mut Chance) -> &'static str {
    match work {
        Work::Service => chance.pick(&["Go-http-client/2.0", "okhttp/4.12.0", "reqwest/0.12.9", "Java-http-client/21.0.5"]),
        Work::Application => chance.pick(&["axios/1.7.9", "okhttp/4.12.0", "node-fetch/3.3.2", "Ruby", "GuzzleHttp/7"]),
        Work::Daily { .. } => chance.pick(&["python-requests/2.32.3", "curl/8.11.0", "aiohttp/3.11.9"]),
        Work::Builds => chance.pick(&["python-requests/2.32.3", "node", "Go-http-client/1.1"]),
        Work::Person => chance.pick(&["PostmanRuntime/7.43.0", "curl/8.11.0", "insomnia/10.2.0", "python-requests/2.32.3"]),
    }
}
