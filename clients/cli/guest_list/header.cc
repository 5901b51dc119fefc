#include "clients/cli/guest_list/header.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace colloquy::cli {
namespace {

using registrations::v1::ImportColumn;
using Field = ImportColumn::Field;

constexpr size_t kMaxColumns = 1000;
constexpr int kMaxPlaceholders = 20;
constexpr size_t kMaxTitleCharacters = 200;

struct TitleWords {
  Field field;
  absl::string_view english;
  absl::string_view others;
};

// Folded titles, as FoldTitle makes them: English; German, French, Spanish and Italian.
constexpr TitleWords kTitles[] = {
    {ImportColumn::EMAIL, "email emails emailaddress mail mailaddress eaddress",
     "emailadresse mailadresse emailkontakt epost epostadresse "
     "courriel adressecourriel adresseemail adressemail adressedecourriel adresseelectronique "
     "adressedecourrierelectronique courrierelectronique mel "
     "correo correoelectronico correoe direcciondecorreo direcciondecorreoelectronico "
     "direccionemail direcciondeemail "
     "indirizzoemail indirizzomail indirizzodiposta indirizzodipostaelettronica postaelettronica "
     "indirizzoelettronico"},
    {ImportColumn::GIVEN_NAME, "givenname givennames firstname forename first",
     "vorname vornamen rufname "
     "prenom prenoms "
     "nombre nombres nombredepila primernombre "
     "nomedibattesimo primonome"},
    {ImportColumn::FAMILY_NAME, "familyname lastname surname last",
     "nachname familienname zuname "
     "nomdefamille patronyme "
     "apellido apellidos primerapellido "
     "cognome cognomi"},
    {ImportColumn::TITLE, "title salutation honorific prefix nameprefix",
     "anrede titel akademischertitel anredetitel "
     "titre civilite "
     "titulo tratamiento "
     "titolo appellativo"},
    {ImportColumn::ORGANISATION,
     "organisation organization company institution affiliation employer organisationname "
     "organizationname companyname",
     "firma firmenname unternehmen einrichtung arbeitgeber verein "
     "organisme societe entreprise etablissement "
     "organizacion empresa institucion entidad "
     "organizzazione azienda societa ente istituzione"},
    {ImportColumn::COUNTRY, "country countrycode nation countryregion",
     "land laendercode landercode landerkurzel staat landregion "
     "pays codepays "
     "pais codigodepais "
     "paese nazione stato codicepaese"},
    {ImportColumn::LANGUAGE, "language languagecode locale preferredlanguage lang",
     "sprache korrespondenzsprache bevorzugtesprache sprachcode "
     "langue languedecorrespondance codelangue "
     "idioma lengua idiomapreferido "
     "lingua linguapreferita"},
    {ImportColumn::GROUP, "group groups team segment",
     "gruppe gruppen zielgruppe teilnehmergruppe "
     "groupe groupes "
     "grupo grupos "
     "gruppo gruppi"},
    {ImportColumn::PARTY_SIZE,
     "partysize persons people numberofpeople numberofpersons numberofguests seats pax",
     "personen anzahl anzahlpersonen personenzahl personenanzahl plaetze platze "
     "nombredepersonnes personnes nbpersonnes nbdepersonnes "
     "numerodepersonas personas plazas asistentes "
     "numerodipersone persone numeropersone posti"},
    {ImportColumn::NOTE, "note notes comment comments remark remarks",
     "notiz notizen bemerkung bemerkungen kommentar anmerkung anmerkungen "
     "remarque remarques commentaire commentaires "
     "nota notas comentario comentarios observaciones "
     "commento commenti osservazioni annotazioni"}};

// Given name or family name, by what else the list has.
constexpr absl::string_view kNameTitles[] = {"name", "nom", "nome"};

// Lower case, without accents, and without all that is neither letter nor digit.
std::string FoldTitle(absl::string_view title) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFKDInstance(error);
  if (U_FAILURE(error)) return absl::AsciiStrToLower(title);
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(title.data(), static_cast<int32_t>(title.size())));
  text = normalizer->normalize(text.foldCase(), error);
  icu::UnicodeString folded;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    if (u_isalnum(text.char32At(at))) folded.append(text.char32At(at));
  }
  std::string result;
  return folded.toUTF8String(result);
}

struct KnownTitle {
  Field field;
  bool english;
};

const std::map<std::string, KnownTitle>& Titles() {
  static const auto* const titles = [] {
    auto* made = new std::map<std::string, KnownTitle>();
    for (const auto& [field, english, others] : kTitles) {
      for (const absl::string_view word : absl::StrSplit(others, ' '))
        (*made)[std::string(word)] = {field, false};
      for (const absl::string_view word : absl::StrSplit(english, ' '))
        (*made)[std::string(word)] = {field, true};
      (*made)[FoldTitle(FieldWord(field))] = {field, true};
    }
    return made;
  }();
  return *titles;
}

bool IsNameTitle(const std::string& folded) {
  return std::find(std::begin(kNameTitles), std::end(kNameTitles), folded) != std::end(kNameTitles);
}

// At most 200 characters, as the contract has it.
std::string ShortTitle(absl::string_view title) {
  size_t end = 0;
  for (size_t characters = 0; end < title.size() && characters < kMaxTitleCharacters;) {
    for (++end; end < title.size() && (title[end] & 0xC0) == 0x80;) ++end;
    ++characters;
  }
  return std::string(absl::StripAsciiWhitespace(title.substr(0, end)));
}

absl::StatusOr<Field> FieldOfWord(absl::string_view word) {
  std::vector<std::string> words;
  for (int i = ImportColumn::Field_MIN; i <= ImportColumn::Field_MAX; ++i) {
    words.push_back(FieldWord(static_cast<Field>(i)));
    if (absl::EqualsIgnoreCase(words.back(), word)) return static_cast<Field>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--map: no field is called '", word, "' (", absl::StrJoin(words, ", "), ")."));
}

absl::StatusOr<size_t> ColumnOf(absl::string_view column, const std::vector<std::string>& titles) {
  const std::string folded = FoldTitle(column);
  for (size_t i = 0; i < titles.size(); ++i) {
    if (titles[i] == column) return i;
  }
  for (size_t i = 0; i < titles.size(); ++i) {
    if (!folded.empty() && FoldTitle(titles[i]) == folded) return i;
  }
  size_t number;
  if (absl::SimpleAtoi(column, &number) && number >= 1 && number <= titles.size()) {
    return number - 1;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--map: the list has no column '", column, "'. Give its title, or its number."));
}

absl::StatusOr<std::map<size_t, Field>> ParseMaps(const std::vector<std::string>& maps,
                                                  const std::vector<std::string>& titles) {
  std::map<size_t, Field> mapped;
  for (const std::string& map : maps) {
    // Titles may hold '='; fields do not.
    const size_t equals = map.rfind('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(
          "--map is COLUMN=FIELD, such as --map 'Mail privat=email'.");
    }
    const absl::StatusOr<size_t> column = ColumnOf(map.substr(0, equals), titles);
    if (!column.ok()) return column.status();
    const absl::StatusOr<Field> field = FieldOfWord(map.substr(equals + 1));
    if (!field.ok()) return field.status();
    mapped[*column] = *field;
  }
  return mapped;
}

absl::Status CheckColumns(const std::vector<ImportColumn>& columns) {
  const auto count = [&](Field field) {
    return std::count_if(columns.begin(), columns.end(),
                         [field](const ImportColumn& column) { return column.field() == field; });
  };
  if (count(ImportColumn::EMAIL) == 0) {
    const bool record = std::any_of(columns.begin(), columns.end(), [](const ImportColumn& column) {
      return absl::StrContains(column.header(), "@");
    });
    return absl::InvalidArgumentError(
        record ? "The first line holds an address, so the list has no titles. Put a line such as "
                 "'email' with a title for each column before it."
               : "No column is known to hold addresses. Say which one with --map COLUMN=email, or "
                 "try another --delimiter or --encoding.");
  }
  if (count(ImportColumn::EMAIL) > 1) {
    return absl::InvalidArgumentError("Only one column can be --map COLUMN=email.");
  }
  if (count(ImportColumn::PLACEHOLDER) > kMaxPlaceholders) {
    return absl::InvalidArgumentError(absl::StrCat(
        count(ImportColumn::PLACEHOLDER), " columns are no known field; at most ", kMaxPlaceholders,
        " can become placeholders of the mail. Pass some over with --map "
        "COLUMN=ignore."));
  }
  return absl::OkStatus();
}

}  // namespace

Field FieldOfTitle(absl::string_view title) {
  const std::string folded = FoldTitle(title);
  if (folded.empty() || folded == FoldTitle(kReasonColumn) || folded == FoldTitle(kMessageColumn)) {
    return ImportColumn::FIELD_UNSPECIFIED;
  }
  if (IsNameTitle(folded)) return ImportColumn::FAMILY_NAME;
  const auto found = Titles().find(folded);
  return found == Titles().end() ? ImportColumn::PLACEHOLDER : found->second.field;
}

bool HasWesternTitles(absl::string_view line) {
  int count = 0;
  for (const absl::string_view title : absl::StrSplit(line, absl::ByAnyChar(",;|\t"))) {
    const auto known = Titles().find(FoldTitle(title));
    count += known != Titles().end() && !known->second.english ? 1 : 0;
  }
  return count >= 2;
}

std::string FieldWord(Field field) {
  if (field == ImportColumn::FIELD_UNSPECIFIED) return "ignore";
  return absl::AsciiStrToLower(ImportColumn::Field_Name(field));
}

absl::StatusOr<std::vector<ImportColumn>> MapHeader(const std::vector<std::string>& titles,
                                                    const std::vector<std::string>& maps) {
  if (titles.size() > kMaxColumns) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The list has ", titles.size(), " columns; at most ", kMaxColumns, " are possible."));
  }
  const absl::StatusOr<std::map<size_t, Field>> mapped = ParseMaps(maps, titles);
  if (!mapped.ok()) return mapped.status();
  std::vector<ImportColumn> columns(titles.size());
  std::vector<bool> used(ImportColumn::Field_ARRAYSIZE, false);
  for (const auto& [column, field] : *mapped) used[field] = true;

  const auto has = [&](Field field) {
    return used[field] || std::any_of(titles.begin(), titles.end(), [field](const auto& title) {
             return !IsNameTitle(FoldTitle(title)) && FieldOfTitle(title) == field;
           });
  };
  // "Nome" beside "Cognome" is the given name; "Name" beside "Vorname" the family name.
  const bool name_is_given = has(ImportColumn::FAMILY_NAME) && !has(ImportColumn::GIVEN_NAME);
  for (size_t i = 0; i < titles.size(); ++i) {
    columns[i].set_header(ShortTitle(titles[i]));
    Field field = FieldOfTitle(titles[i]);
    if (name_is_given && IsNameTitle(FoldTitle(titles[i]))) field = ImportColumn::GIVEN_NAME;
    if (const auto forced = mapped->find(i); forced != mapped->end()) {
      columns[i].set_field(forced->second);
      continue;
    }
    const bool free = field == ImportColumn::FIELD_UNSPECIFIED || !used[field];
    columns[i].set_field(free ? field : ImportColumn::PLACEHOLDER);
    if (field != ImportColumn::PLACEHOLDER) used[field] = true;
  }
  if (absl::Status status = CheckColumns(columns); !status.ok()) return status;
  return columns;
}

}  // namespace colloquy::cli
