// Maps the real conferences of ../shared/data/events to events, as `colloquy events import` reads them.
//
//   node tests/e2e/map_conferences.mjs DATA_FOLDER >events.jsonl
//
// Every record becomes one event, in a line of its own. What is mapped, and how:
//
//   id           `conf-{topic}-{digest}`, the digest of topic, name, start and city: the same record has the same id in
//                every run. A conference that several files list is one event in each, since each file is a list of its
//                own; the annotation `conference` (digest of name, start, city and url) is the same in all of them.
//   name         title, in the first language of `locales`, which is also the default language
//   topic        the file's: 2024-python.json is `python`
//   locales      `EN,DE` to BCP 47 in lower case. JP is a country: Japanese is `ja`. UK is Ukrainian (its records are in
//                Kyiv), as ISO 639 has it. None given: `en`
//   online       true without a city: ONLINE. true with a city: HYBRID. Otherwise IN_PERSON. One record has neither
//                a place nor `online`; it can only be ONLINE, because a place needs a country
//   country      English name to ISO 3166-1 alpha-2
//   city         locality; `Austin, TX` also gives the administrative area
//   time zone    the country's, or the city's where a country has several; UTC without a place
//   dates        09:00 on the first day to 18:00 on the last, on the clock there: the data says days only
//   url          website; cfpUrl, cfpEndDate, cocUrl, twitter, mastodon and offersSignLanguageOrCC become annotations
//
// A country, city or language that the tables below do not know stops the script: better than a guess.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Name in the data: code and, where there is only one (or only one is needed), its zone.
const countries = {
  Argentina: ["AR", "America/Argentina/Buenos_Aires"],
  Armenia: ["AM", "Asia/Yerevan"],
  Australia: ["AU"],
  Austria: ["AT", "Europe/Vienna"],
  Belgium: ["BE", "Europe/Brussels"],
  Brazil: ["BR", "America/Sao_Paulo"],
  Bulgaria: ["BG", "Europe/Sofia"],
  Canada: ["CA"],
  "Cayman Islands": ["KY", "America/Cayman"],
  Chile: ["CL", "America/Santiago"],
  China: ["CN", "Asia/Shanghai"],
  Colombia: ["CO", "America/Bogota"],
  Croatia: ["HR", "Europe/Zagreb"],
  "Czech Republic": ["CZ", "Europe/Prague"],
  Denmark: ["DK", "Europe/Copenhagen"],
  "Dominican Republic": ["DO", "America/Santo_Domingo"],
  Egypt: ["EG", "Africa/Cairo"],
  Finland: ["FI", "Europe/Helsinki"],
  France: ["FR", "Europe/Paris"],
  Germany: ["DE", "Europe/Berlin"],
  Greece: ["GR", "Europe/Athens"],
  "Hong Kong": ["HK", "Asia/Hong_Kong"],
  Hungary: ["HU", "Europe/Budapest"],
  India: ["IN", "Asia/Kolkata"],
  Ireland: ["IE", "Europe/Dublin"],
  Israel: ["IL", "Asia/Jerusalem"],
  Italy: ["IT", "Europe/Rome"],
  Japan: ["JP", "Asia/Tokyo"],
  Korea: ["KR", "Asia/Seoul"],
  Lithuania: ["LT", "Europe/Vilnius"],
  Luxembourg: ["LU", "Europe/Luxembourg"],
  Malaysia: ["MY", "Asia/Kuala_Lumpur"],
  Malta: ["MT", "Europe/Malta"],
  Mexico: ["MX"],
  Morocco: ["MA", "Africa/Casablanca"],
  Netherlands: ["NL", "Europe/Amsterdam"],
  "New Zealand": ["NZ", "Pacific/Auckland"],
  "North Macedonia": ["MK", "Europe/Skopje"],
  Norway: ["NO", "Europe/Oslo"],
  Peru: ["PE", "America/Lima"],
  Poland: ["PL", "Europe/Warsaw"],
  Portugal: ["PT", "Europe/Lisbon"],
  Qatar: ["QA", "Asia/Qatar"],
  Romania: ["RO", "Europe/Bucharest"],
  Russia: ["RU"],
  "Saudi Arabia": ["SA", "Asia/Riyadh"],
  Serbia: ["RS", "Europe/Belgrade"],
  Singapore: ["SG", "Asia/Singapore"],
  Slovakia: ["SK", "Europe/Bratislava"],
  Slovenia: ["SI", "Europe/Ljubljana"],
  Spain: ["ES", "Europe/Madrid"],
  Sweden: ["SE", "Europe/Stockholm"],
  Switzerland: ["CH", "Europe/Zurich"],
  Thailand: ["TH", "Asia/Bangkok"],
  Turkey: ["TR", "Europe/Istanbul"],
  "U.K.": ["GB", "Europe/London"],
  "U.S.A.": ["US"],
  Ukraine: ["UA", "Europe/Kyiv"],
  "United Arab Emirates": ["AE", "Asia/Dubai"],
};

// Where a country has several zones: by city, then (in the USA) by state.
const cityZones = {
  "AU/Brisbane": "Australia/Brisbane",
  "AU/Melbourne": "Australia/Melbourne",
  "AU/Newcastle": "Australia/Sydney",
  "AU/Perth": "Australia/Perth",
  "AU/Sydney": "Australia/Sydney",
  "BR/Chapecó": "America/Sao_Paulo",
  "CA/Banff": "America/Edmonton",
  "CA/Calgary": "America/Edmonton",
  "CA/Edmonton": "America/Edmonton",
  "CA/Halifax": "America/Halifax",
  "CA/Montreal": "America/Toronto",
  "CA/Ottawa": "America/Toronto",
  "CA/Toronto": "America/Toronto",
  "CA/Vancouver": "America/Vancouver",
  "MX/Guadalajara": "America/Mexico_City",
  "MX/Mazatlán": "America/Mazatlan",
  "MX/Mexico City": "America/Mexico_City",
  "RU/Saint Petersburg": "Europe/Moscow",
  "US/Chattanooga, TN": "America/New_York",
  "US/Louisville, KY": "America/Kentucky/Louisville",
};

const eastern = "America/New_York";
const central = "America/Chicago";
const mountain = "America/Denver";
const pacific = "America/Los_Angeles";

// Only states without a second zone, or whose cities in the data all lie in this one.
const stateZones = {
  AL: central, CA: pacific, CO: mountain, DC: eastern, FL: eastern, GA: eastern, IL: central, MA: eastern, MD: eastern,
  MI: "America/Detroit", MN: central, MO: central, MT: mountain, NC: eastern, NE: central, NV: pacific, NY: eastern,
  OH: eastern, OK: central, OR: pacific, PA: eastern, SC: eastern, TN: central, TX: central, UT: mountain, VA: eastern,
  WA: pacific, WI: central,
};

const languages = new Set(
  "bg cs de el en es fr gl he hr it ja nl pl pt ru sk sl tr uk zh".split(" "),
);
const misspelt = { jp: "ja" };

const annotated = ["cfpUrl", "cfpEndDate", "cocUrl", "twitter", "mastodon", "offersSignLanguageOrCC"];

function known(value, what) {
  if (value === undefined) throw new Error(`Unknown ${what}`);
  return value;
}

/** BCP 47 tag of a language as the data writes it, in lower case. */
export function languageOf(tag) {
  const language = misspelt[tag] ?? tag;
  if (!languages.has(language)) throw new Error(`Unknown language ${tag}`);
  return language;
}

/** ISO 3166-1 alpha-2 by the name in the data. */
export const countryCodes = Object.fromEntries(Object.entries(countries).map(([name, [code]]) => [name, code]));

function languagesOf(record) {
  return (record.locales ?? "EN").split(",").map((locale) => languageOf(locale.trim().toLowerCase()));
}

function zoneOf(code, countryZone, city) {
  const state = city.split(", ")[1];
  return known(cityZones[`${code}/${city}`] ?? countryZone ?? stateZones[state], `zone of ${city}, ${code}`);
}

function placeOf(record) {
  if (!record.city) return { timeZone: "UTC" };
  const [code, countryZone] = known(countries[record.country], `country ${record.country}`);
  const [locality, administrativeArea] = record.city.split(", ");
  return {
    timeZone: zoneOf(code, countryZone, record.city),
    venue: { address: { regionCode: code, locality, ...(administrativeArea && { administrativeArea }) } },
  };
}

function modeOf(record) {
  if (!record.city) return "ONLINE";
  return record.online ? "HYBRID" : "IN_PERSON";
}

function digest(...parts) {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
}

/** The event of one record of the file about `topic`, and its id. */
export function mapRecord(topic, record) {
  const spoken = languagesOf(record);
  const city = record.city ?? "";
  const annotations = Object.fromEntries(
    annotated.filter((key) => record[key] !== undefined).map((key) => [key, String(record[key])]),
  );
  annotations.conference = digest(record.name, record.startDate, city, record.url);
  return {
    id: `conf-${topic}-${digest(topic, record.name, record.startDate, city)}`,
    event: {
      kind: "CONFERENCE",
      mode: modeOf(record),
      defaultLanguage: spoken[0],
      title: { texts: { [spoken[0]]: record.name } },
      languages: spoken,
      topics: [topic],
      ...placeOf(record),
      civilStart: `${record.startDate}T09:00:00`,
      civilEnd: `${record.endDate}T18:00:00`,
      websiteUri: record.url,
      annotations,
    },
  };
}

/** All records of the folder: `[{topic, record}]`. */
export function readRecords(folder) {
  const files = readdirSync(folder).filter((file) => /^2024-.*\.json$/.test(file)).sort();
  return files.flatMap((file) => {
    const topic = file.slice("2024-".length, -".json".length);
    return JSON.parse(readFileSync(join(folder, file), "utf8")).map((record) => ({ topic, record }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { topic, record } of readRecords(process.argv[2])) {
    const { id, event } = mapRecord(topic, record);
    console.log(JSON.stringify({ name: `events/${id}`, ...event }));
  }
}
