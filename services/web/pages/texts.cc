#include "services/web/pages/texts.h"

#include <cstdlib>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/web/http/languages.h"

namespace colloquy::web {
namespace {

// English, German, French. Lines may be long here: a text is read as a whole.
// clang-format off
constexpr Wording kWordings[] = {
    // Frame.
    {"skip", {"Skip to content", "Zum Inhalt springen", "Aller au contenu"}},
    {"languages_label", {"Language", "Sprache", "Langue"}},
    {"served_by", {"Served by Colloquy", "Bereitgestellt mit Colloquy", "Propulsé par Colloquy"}},
    {"back_to_events", {"All events of $0", "Alle Veranstaltungen von $0", "Tous les événements de $0"}},

    // An event's facts.
    {"when", {"When", "Wann", "Quand"}},
    {"where", {"Where", "Wo", "Où"}},
    {"how", {"Format", "Format", "Format"}},
    {"spoken", {"Languages", "Sprachen", "Langues"}},
    {"topics", {"Topics", "Themen", "Thèmes"}},
    {"questions", {"Questions", "Fragen", "Questions"}},
    {"website", {"Website", "Website", "Site web"}},
    {"online_link", {"Join online", "Online teilnehmen", "Rejoindre en ligne"}},
    {"map", {"Show on a map", "Auf der Karte zeigen", "Voir sur une carte"}},
    {"timetable", {"Timetable", "Programm", "Programme"}},
    {"room", {"Room", "Raum", "Salle"}},
    {"add_to_calendar", {"Add to calendar", "In den Kalender eintragen", "Ajouter à l’agenda"}},
    {"subscribe", {"Subscribe to this calendar", "Diesen Kalender abonnieren", "S’abonner à ce calendrier"}},
    {"cancelled_title", {"This event has been cancelled", "Diese Veranstaltung ist abgesagt", "Cet événement est annulé"}},
    {"cancelled_text", {"It will not take place.", "Sie findet nicht statt.", "Il n’aura pas lieu."}},
    {"over_title", {"This event is over", "Diese Veranstaltung ist vorbei", "Cet événement est terminé"}},
    {"running_title", {"This event is taking place now", "Diese Veranstaltung läuft gerade", "Cet événement a lieu en ce moment"}},
    {"kind_1", {"Research dialogue", "Forschungsdialog", "Dialogue de recherche"}},
    {"kind_2", {"Workshop", "Workshop", "Atelier"}},
    {"kind_3", {"Training", "Schulung", "Formation"}},
    {"kind_4", {"Conference", "Konferenz", "Conférence"}},
    {"kind_5", {"Brokerage event", "Kooperationsbörse", "Convention d’affaires"}},
    {"kind_6", {"Webinar", "Webinar", "Webinaire"}},
    {"mode_1", {"On site", "Vor Ort", "Sur place"}},
    {"mode_2", {"Online", "Online", "En ligne"}},
    {"mode_3", {"On site and online", "Vor Ort und online", "Sur place et en ligne"}},

    // Public pages.
    {"landing_title", {"Public events", "Öffentliche Veranstaltungen", "Événements publics"}},
    {"landing_text", {"Dialogues, workshops and conferences that are open to the public.", "Dialoge, Workshops und Konferenzen, die allen offenstehen.", "Dialogues, ateliers et conférences ouverts au public."}},
    {"organizer_title", {"Events of $0", "Veranstaltungen von $0", "Événements de $0"}},
    {"no_events", {"No public events are planned at the moment.", "Zurzeit sind keine öffentlichen Veranstaltungen geplant.", "Aucun événement public n’est prévu pour le moment."}},
    {"next_page", {"More events", "Weitere Veranstaltungen", "Autres événements"}},
    {"series_calendar", {"Calendar of the series", "Kalender der Reihe", "Calendrier de la série"}},

    // Invitation.
    {"invitation_title", {"Your invitation", "Ihre Einladung", "Votre invitation"}},
    {"dear", {"Dear $0,", "Guten Tag, $0,", "Bonjour $0,"}},
    {"invited_by", {"$0 invites you. Please let us know whether you will come.", "$0 lädt Sie ein. Bitte sagen Sie uns, ob Sie kommen.", "$0 vous invite. Merci de nous dire si vous viendrez."}},
    {"please_answer_by", {"Please answer by $0.", "Bitte antworten Sie bis $0.", "Merci de répondre avant le $0."}},
    {"seats_reserved", {"Your place is kept for you until then.", "Ihr Platz ist bis dahin für Sie reserviert.", "Votre place vous est réservée jusque-là."}},
    {"answer_heading", {"Your answer", "Ihre Antwort", "Votre réponse"}},
    {"accept_heading", {"I will come", "Ich komme", "Je viendrai"}},
    {"party_size", {"How many people will come, including you?", "Wie viele Personen kommen, Sie eingeschlossen?", "Combien de personnes viendront, vous compris ?"}},
    {"party_size_help", {"At most $0.", "Höchstens $0.", "Au plus $0."}},
    {"category", {"How will you take part?", "Wie nehmen Sie teil?", "À quel titre participez-vous ?"}},
    {"required", {"required", "erforderlich", "obligatoire"}},
    {"choose", {"Please choose", "Bitte wählen", "Veuillez choisir"}},
    {"choose_some", {"You may choose several.", "Sie können mehrere wählen.", "Plusieurs choix possibles."}},
    {"only_if", {"Only if you answered “$1” to “$0”.", "Nur wenn Sie „$0“ mit „$1“ beantwortet haben.", "Seulement si vous avez répondu « $1 » à « $0 »."}},
    {"or", {"or", "oder", "ou"}},
    {"accept", {"Accept", "Zusagen", "Accepter"}},
    {"decline_heading", {"I cannot come", "Ich kann nicht kommen", "Je ne peux pas venir"}},
    {"decline_reason", {"Would you like to tell us why?", "Möchten Sie uns sagen, warum?", "Souhaitez-vous nous dire pourquoi ?"}},
    {"optional", {"optional", "freiwillig", "facultatif"}},
    {"decline", {"Decline", "Absagen", "Décliner"}},
    {"declined_title", {"You have declined", "Sie haben abgesagt", "Vous avez décliné"}},
    {"declined_text", {"Thank you for telling us. If your plans change, you can still accept below, as long as there are places.", "Danke, dass Sie Bescheid gesagt haben. Wenn sich Ihre Pläne ändern, können Sie unten noch zusagen, solange es Plätze gibt.", "Merci de nous avoir prévenus. Si vos projets changent, vous pouvez encore accepter ci-dessous, tant qu’il reste des places."}},
    {"declined_closed", {"Thank you for telling us.", "Danke, dass Sie Bescheid gesagt haben.", "Merci de nous avoir prévenus."}},
    {"accepted_title", {"You have accepted", "Sie haben zugesagt", "Vous avez accepté"}},
    {"accepted_text", {"Your registration has a page of its own.", "Ihre Anmeldung hat eine eigene Seite.", "Votre inscription a sa propre page."}},
    {"to_registration", {"Open my registration", "Meine Anmeldung öffnen", "Ouvrir mon inscription"}},
    {"expired_title", {"This invitation has expired", "Diese Einladung ist abgelaufen", "Cette invitation a expiré"}},
    {"expired_text", {"It can no longer be accepted. Please ask the organiser if you would still like to come.", "Sie kann nicht mehr angenommen werden. Bitte fragen Sie den Veranstalter, wenn Sie noch kommen möchten.", "Elle ne peut plus être acceptée. Adressez-vous à l’organisateur si vous souhaitez encore venir."}},
    {"closed_title", {"Registration is closed", "Die Anmeldung ist geschlossen", "Les inscriptions sont closes"}},
    {"closed_text", {"This invitation cannot be accepted at the moment. Please ask the organiser if you would like to come.", "Diese Einladung kann zurzeit nicht angenommen werden. Bitte fragen Sie den Veranstalter, wenn Sie kommen möchten.", "Cette invitation ne peut pas être acceptée pour le moment. Adressez-vous à l’organisateur si vous souhaitez venir."}},
    {"opted_out_note", {"You do not get mail from this organiser any more. You can still accept this invitation.", "Sie bekommen von diesem Veranstalter keine E-Mails mehr. Diese Einladung können Sie trotzdem annehmen.", "Vous ne recevez plus de courriels de cet organisateur. Vous pouvez toujours accepter cette invitation."}},
    {"private_link", {"This page is for you alone: whoever has its address can answer for you.", "Diese Seite ist nur für Sie: Wer ihre Adresse hat, kann für Sie antworten.", "Cette page est personnelle : quiconque connaît son adresse peut répondre à votre place."}},

    // Form mistakes.
    {"mistakes_title", {"Please check your answers", "Bitte prüfen Sie Ihre Angaben", "Merci de vérifier vos réponses"}},
    {"mistake_required", {"Please answer this question.", "Bitte beantworten Sie diese Frage.", "Merci de répondre à cette question."}},
    {"mistake_number", {"Please enter a number, such as 2.", "Bitte geben Sie eine Zahl ein, etwa 2.", "Merci d’indiquer un nombre, par exemple 2."}},
    {"mistake_choice", {"Please choose one of the answers offered.", "Bitte wählen Sie eine der angebotenen Antworten.", "Merci de choisir l’une des réponses proposées."}},
    {"mistake_party", {"Please enter a whole number from 1 to $0.", "Bitte geben Sie eine ganze Zahl von 1 bis $0 ein.", "Merci d’indiquer un nombre entier de 1 à $0."}},
    {"mistake_other", {"This answer was not accepted. Please check it.", "Diese Angabe wurde nicht angenommen. Bitte prüfen Sie sie.", "Cette réponse n’a pas été acceptée. Merci de la vérifier."}},

    // Registration.
    {"registration_title", {"Your registration", "Ihre Anmeldung", "Votre inscription"}},
    {"confirmed_title", {"You are registered", "Sie sind angemeldet", "Vous êtes inscrit(e)"}},
    {"confirmed_text", {"We look forward to seeing you.", "Wir freuen uns auf Sie.", "Nous nous réjouissons de vous accueillir."}},
    {"waiting_title", {"You are on the waiting list", "Sie stehen auf der Warteliste", "Vous êtes sur liste d’attente"}},
    {"waiting_position", {"You are number $0 in the queue.", "Sie sind Nummer $0 in der Reihe.", "Vous êtes au rang $0 de la file."}},
    {"waiting_text", {"All places are taken for now. If one becomes free, you move up without having to do anything.", "Zurzeit sind alle Plätze vergeben. Wird einer frei, rücken Sie nach, ohne etwas tun zu müssen.", "Toutes les places sont prises pour le moment. Si l’une se libère, vous avancez sans rien avoir à faire."}},
    {"pending_title", {"Your registration is being checked", "Ihre Anmeldung wird geprüft", "Votre inscription est en cours d’examen"}},
    {"pending_text", {"Your place is kept. The organiser decides, and this page will show it.", "Ihr Platz ist reserviert. Der Veranstalter entscheidet, und diese Seite zeigt es.", "Votre place est réservée. L’organisateur décide, et cette page vous le dira."}},
    {"offered_title", {"A place is free for you", "Ein Platz ist für Sie frei", "Une place est libre pour vous"}},
    {"offered_text", {"Please ask the organiser how to take it.", "Bitte fragen Sie den Veranstalter, wie Sie ihn annehmen.", "Demandez à l’organisateur comment la prendre."}},
    {"rejected_title", {"Your registration was not accepted", "Ihre Anmeldung wurde nicht angenommen", "Votre inscription n’a pas été acceptée"}},
    {"rejected_text", {"Please ask the organiser if you have questions.", "Bitte wenden Sie sich mit Fragen an den Veranstalter.", "Adressez-vous à l’organisateur pour toute question."}},
    {"withdrawn_title", {"Your registration is cancelled", "Ihre Anmeldung ist storniert", "Votre inscription est annulée"}},
    {"withdrawn_text", {"Your place is free for someone else. Thank you for telling us.", "Ihr Platz ist für andere frei. Danke, dass Sie Bescheid gesagt haben.", "Votre place est libre pour quelqu’un d’autre. Merci de nous avoir prévenus."}},
    {"people", {"People", "Personen", "Personnes"}},
    {"name", {"Name", "Name", "Nom"}},
    {"ticket", {"Category", "Kategorie", "Catégorie"}},
    {"check_in_code", {"Check-in code", "Code für den Einlass", "Code d’accès"}},
    {"check_in_help", {"Please have it ready at the entrance.", "Bitte halten Sie ihn am Einlass bereit.", "Présentez-le à l’entrée."}},
    {"withdraw_heading", {"I cannot come after all", "Ich kann doch nicht kommen", "Je ne peux finalement pas venir"}},
    {"withdraw", {"Cancel my registration", "Anmeldung stornieren", "Annuler mon inscription"}},
    {"withdraw_note", {"Your place goes to someone else. This cannot be undone.", "Ihr Platz geht an jemand anderen. Das lässt sich nicht rückgängig machen.", "Votre place sera donnée à quelqu’un d’autre. Cette action est définitive."}},

    // Unsubscribing.
    {"unsubscribe_title", {"No more mail", "Keine E-Mails mehr", "Ne plus recevoir de courriels"}},
    {"unsubscribe_text", {"You can stop all mail from $0 to your address, about this event and all others.", "Sie können alle E-Mails von $0 an Ihre Adresse beenden, zu dieser und allen anderen Veranstaltungen.", "Vous pouvez arrêter tous les courriels de $0 à votre adresse, pour cet événement et tous les autres."}},
    {"unsubscribe", {"Stop all mail", "Alle E-Mails beenden", "Arrêter tous les courriels"}},
    {"unsubscribe_keeps", {"Registrations that you have made stay as they are.", "Ihre Anmeldungen bleiben bestehen.", "Vos inscriptions restent inchangées."}},
    {"unsubscribed_title", {"You will get no more mail", "Sie bekommen keine E-Mails mehr", "Vous ne recevrez plus de courriels"}},
    {"unsubscribed_text", {"Nothing more will be sent to your address by $0.", "$0 schickt nichts mehr an Ihre Adresse.", "$0 n’enverra plus rien à votre adresse."}},

    // Dialogues. Scripts get all that begin with room_.
    {"room_join_title", {"Take a seat in the dialogue", "Nehmen Sie am Dialog teil", "Prenez place dans le dialogue"}},
    {"room_join_type", {"Who do you speak for?", "Für wen sprechen Sie?", "Pour qui parlez-vous ?"}},
    {"room_join_type_none", {"I would rather not say", "Möchte ich nicht sagen", "Je préfère ne pas le dire"}},
    {"room_join_name", {"Your name", "Ihr Name", "Votre nom"}},
    {"room_join_name_hidden", {"Others see a number instead, such as “Participant 12”.", "Andere sehen stattdessen eine Nummer, etwa „Participant 12“.", "Les autres voient un numéro, par exemple « Participant 12 »."}},
    {"room_join_name_shown", {"Others see it.", "Andere sehen ihn.", "Les autres le voient."}},
    {"room_join_button", {"Take a seat", "Teilnehmen", "Prendre place"}},
    {"room_join_closed", {"This dialogue cannot be joined now.", "An diesem Dialog kann man zurzeit nicht teilnehmen.", "On ne peut pas rejoindre ce dialogue pour le moment."}},
    {"room_join_back", {"You have a seat already: go to it", "Sie nehmen schon teil: weiter zu Ihrem Platz", "Vous avez déjà une place : y aller"}},
    {"room_state_draft", {"The dialogue has not begun yet. This page comes alive when it does.", "Der Dialog hat noch nicht begonnen. Diese Seite wird lebendig, sobald es losgeht.", "Le dialogue n’a pas encore commencé. Cette page s’animera dès qu’il commencera."}},
    {"room_state_closed", {"The dialogue is closed. Thank you for taking part.", "Der Dialog ist geschlossen. Danke, dass Sie dabei waren.", "Le dialogue est clos. Merci d’y avoir participé."}},
    {"room_state_published", {"The dialogue is closed, and its report can be read.", "Der Dialog ist geschlossen, sein Bericht kann gelesen werden.", "Le dialogue est clos et son rapport peut être lu."}},
    {"room_read_report", {"Read the report", "Bericht lesen", "Lire le rapport"}},
    {"room_vote_heading", {"What do you think?", "Was meinen Sie?", "Qu’en pensez-vous ?"}},
    {"room_vote_agree", {"Agree", "Stimme zu", "D’accord"}},
    {"room_vote_disagree", {"Disagree", "Stimme nicht zu", "Pas d’accord"}},
    {"room_vote_pass", {"Pass", "Weiß nicht", "Je passe"}},
    {"room_vote_left", {"$0 left", "noch $0", "encore $0"}},
    {"room_vote_done", {"You have voted on every statement. New ones appear here by themselves.", "Sie haben über alle Thesen abgestimmt. Neue erscheinen hier von selbst.", "Vous avez voté sur toutes les propositions. Les nouvelles apparaîtront ici."}},
    {"room_vote_saved", {"Vote saved.", "Stimme gespeichert.", "Vote enregistré."}},
    {"room_vote_keys", {"Keys: A agree, D disagree, P pass.", "Tasten: A Zustimmung, D Ablehnung, P weiß nicht.", "Touches : A d’accord, D pas d’accord, P je passe."}},
    {"room_vote_yours", {"Your votes", "Ihre Stimmen", "Vos votes"}},
    {"room_vote_change", {"Change", "Ändern", "Modifier"}},
    {"room_original", {"Show the original", "Original zeigen", "Voir l’original"}},
    {"room_translation", {"Show the translation", "Übersetzung zeigen", "Voir la traduction"}},
    {"room_write_heading", {"Add a statement", "Eigene These", "Ajouter une proposition"}},
    {"room_write_label", {"One thought that others can agree or disagree with", "Ein Gedanke, dem andere zustimmen oder nicht", "Une idée avec laquelle les autres peuvent être d’accord ou non"}},
    {"room_write_left", {"$0 characters left", "noch $0 Zeichen", "encore $0 caractères"}},
    {"room_write_send", {"Send", "Absenden", "Envoyer"}},
    {"room_write_sent", {"Thank you. Your statement was received.", "Danke. Ihre These ist angekommen.", "Merci. Votre proposition a été reçue."}},
    {"room_write_closed", {"New statements are not taken now.", "Neue Thesen werden zurzeit nicht angenommen.", "Les nouvelles propositions ne sont pas acceptées pour le moment."}},
    {"room_mine_heading", {"Your statements", "Ihre Thesen", "Vos propositions"}},
    {"room_mine_undecided", {"being looked at", "wird geprüft", "en cours d’examen"}},
    {"room_mine_accepted", {"shown to everyone", "für alle zu sehen", "visible par tous"}},
    {"room_mine_rejected", {"not shown: $0", "nicht gezeigt: $0", "non affichée : $0"}},
    {"room_mine_merged", {"said by another one, which stays", "in einer anderen These enthalten", "déjà dite par une autre, qui reste"}},
    {"room_map_heading", {"Where people stand", "Wo alle stehen", "Où chacun se situe"}},
    {"room_map_text", {"People who vote alike are near each other.", "Wer ähnlich abstimmt, steht nahe beieinander.", "Ceux qui votent de la même façon sont proches."}},
    {"room_map_you", {"You", "Sie", "Vous"}},
    {"room_map_none", {"The map appears when enough people have voted.", "Die Karte erscheint, wenn genug Personen abgestimmt haben.", "La carte apparaîtra quand assez de personnes auront voté."}},
    {"room_map_group", {"Group $0", "Gruppe $0", "Groupe $0"}},
    {"room_map_people", {"$0 people", "$0 Personen", "$0 personnes"}},
    {"room_map_yours", {"You are in group $0.", "Sie gehören zu Gruppe $0.", "Vous êtes dans le groupe $0."}},
    {"room_map_alt", {"Opinion map: $0 people in $1 groups.", "Meinungskarte: $0 Personen in $1 Gruppen.", "Carte des opinions : $0 personnes en $1 groupes."}},
    {"room_queue_heading", {"Speaking", "Wortmeldungen", "Prise de parole"}},
    {"room_queue_now", {"Speaking now: $0", "Es spricht: $0", "A la parole : $0"}},
    {"room_queue_next", {"Next", "Als Nächste", "Ensuite"}},
    {"room_queue_called", {"$0 is called", "$0 ist aufgerufen", "$0 est appelé(e)"}},
    {"room_queue_nobody", {"Nobody has asked to speak.", "Niemand hat sich gemeldet.", "Personne n’a demandé la parole."}},
    {"room_queue_you", {"You are number $0.", "Sie sind Nummer $0.", "Vous êtes au rang $0."}},
    {"room_queue_you_called", {"It is your turn.", "Sie sind an der Reihe.", "C’est à vous."}},
    {"room_queue_ask", {"Ask to speak", "Zu Wort melden", "Demander la parole"}},
    {"room_queue_topic", {"What about?", "Worüber?", "À quel sujet ?"}},
    {"room_queue_kind", {"What for?", "Wozu?", "Pourquoi ?"}},
    {"room_queue_contribution", {"Contribution", "Beitrag", "Contribution"}},
    {"room_queue_question", {"Question", "Frage", "Question"}},
    {"room_queue_order", {"Point of order", "Zur Geschäftsordnung", "Motion de procédure"}},
    {"room_queue_cancel", {"Take back", "Zurückziehen", "Retirer"}},
    {"room_polls_heading", {"Polls", "Abstimmungen", "Scrutins"}},
    {"room_poll_ballots", {"Ballots cast: $0", "Abgegebene Stimmen: $0", "Bulletins remis : $0"}},
    {"room_poll_anonymous", {"Anonymous: nobody can tell who voted how, and a ballot cannot be changed.", "Anonym: Niemand kann sagen, wer wie gestimmt hat, und ein Stimmzettel lässt sich nicht ändern.", "Anonyme : personne ne peut savoir qui a voté quoi, et un bulletin ne peut être modifié."}},
    {"room_poll_cast", {"Cast my ballot", "Stimme abgeben", "Voter"}},
    {"room_poll_cast_again", {"Change my ballot", "Stimme ändern", "Modifier mon vote"}},
    {"room_poll_done", {"Your ballot is counted.", "Ihre Stimme ist gezählt.", "Votre bulletin est compté."}},
    {"room_poll_choices", {"Choose up to $0.", "Wählen Sie höchstens $0.", "Choisissez-en au plus $0."}},
    {"room_poll_scores", {"Points from 0 to $0 for each.", "Je 0 bis $0 Punkte.", "De 0 à $0 points chacun."}},
    {"room_poll_dots", {"Spread $0 dots; $1 left.", "Verteilen Sie $0 Punkte; noch $1.", "Répartissez $0 points ; encore $1."}},
    {"room_poll_ranking", {"Put them in order, the best first.", "Bringen Sie sie in eine Reihenfolge, das Beste zuerst.", "Classez-les, la meilleure en premier."}},
    {"room_poll_pairwise", {"Which one do you prefer?", "Was ziehen Sie vor?", "Laquelle préférez-vous ?"}},
    {"room_poll_skip", {"Neither", "Keines von beiden", "Aucune"}},
    {"room_poll_budget", {"There are $0 to spend. Say from 0 to $1 what each is worth to you.", "Es gibt $0 auszugeben. Sagen Sie von 0 bis $1, was Ihnen jedes wert ist.", "Il y a $0 à dépenser. Dites de 0 à $1 ce que chacune vaut pour vous."}},
    {"room_poll_cost", {"costs $0", "kostet $0", "coûte $0"}},
    {"room_poll_up", {"Move up: $0", "Nach oben: $0", "Monter : $0"}},
    {"room_poll_down", {"Move down: $0", "Nach unten: $0", "Descendre : $0"}},
    {"room_poll_result", {"Result", "Ergebnis", "Résultat"}},
    {"room_poll_funded", {"paid for", "finanziert", "financée"}},
    {"room_poll_tied", {"Some places are tied.", "Einige Plätze sind geteilt.", "Certaines places sont ex æquo."}},
    {"room_poll_rank", {"Rank", "Rang", "Rang"}},
    {"room_poll_option", {"Option", "Möglichkeit", "Option"}},
    {"room_poll_score", {"Score", "Wert", "Score"}},
    {"room_live", {"Live", "Live", "En direct"}},
    {"room_lost", {"Connection lost. Trying again…", "Verbindung verloren. Neuer Versuch …", "Connexion perdue. Nouvel essai…"}},
    {"room_gone", {"This link does not work any more. Please ask the organiser.", "Dieser Link funktioniert nicht mehr. Bitte fragen Sie den Veranstalter.", "Ce lien ne fonctionne plus. Adressez-vous à l’organisateur."}},
    {"room_not_saved", {"That did not work. Nothing was changed; please try again.", "Das hat nicht geklappt. Es wurde nichts geändert; bitte versuchen Sie es noch einmal.", "Cela n’a pas fonctionné. Rien n’a été modifié ; réessayez."}},
    {"room_not_now", {"The dialogue does not take this now.", "Der Dialog nimmt das zurzeit nicht an.", "Le dialogue ne l’accepte pas pour le moment."}},
    {"room_text_invalid", {"Please write 1 to 1,000 characters of plain text.", "Bitte schreiben Sie 1 bis 1.000 Zeichen einfachen Text.", "Merci d’écrire de 1 à 1 000 caractères de texte simple."}},
    {"room_text_known", {"Somebody said this already. You can vote on it.", "Das hat schon jemand gesagt. Sie können darüber abstimmen.", "Quelqu’un l’a déjà dit. Vous pouvez voter dessus."}},
    {"room_ballot_cast", {"You have voted in this poll already.", "Sie haben hier schon abgestimmt.", "Vous avez déjà voté ici."}},
    {"room_ballot_invalid", {"This ballot is not complete. Please check it.", "Dieser Stimmzettel ist nicht vollständig. Bitte prüfen Sie ihn.", "Ce bulletin n’est pas complet. Merci de le vérifier."}},
    {"room_script_needed", {"Map, polls and speaking need JavaScript; voting does not.", "Karte, Abstimmungen und Wortmeldungen brauchen JavaScript, das Bewerten von Thesen nicht.", "La carte, les scrutins et la prise de parole ont besoin de JavaScript ; le vote, non."}},
    {"room_agenda_heading", {"Agenda", "Tagesordnung", "Ordre du jour"}},
    {"room_agenda_left", {"$0 left", "noch $0", "encore $0"}},
    {"room_agenda_over", {"$0 over time", "$0 über der Zeit", "$0 de dépassement"}},
    {"room_agenda_minutes", {"$0 min", "$0 min", "$0 min"}},
    {"room_agenda_next", {"Next: $0", "Danach: $0", "Ensuite : $0"}},
    {"room_stage_watchers", {"$0 in the room", "$0 im Raum", "$0 dans la salle"}},
    {"room_stage_votes", {"$0 votes", "$0 Stimmen", "$0 votes"}},
    {"room_stage_people", {"$0 people", "$0 Personen", "$0 personnes"}},
    {"room_stage_join", {"Join in", "Machen Sie mit", "Participez"}},
    {"room_stage_statements", {"Statements", "Thesen", "Propositions"}},
    {"room_stage_none", {"No statement was voted on yet.", "Noch wurde über keine These abgestimmt.", "Aucune proposition n’a encore été votée."}},
    {"room_stage_bar", {"$0 agree, $1 disagree, $2 pass", "$0 stimmen zu, $1 nicht, $2 weiß nicht", "$0 d’accord, $1 pas d’accord, $2 passent"}},
    {"room_stage_all", {"All", "Alle", "Tous"}},
    {"room_back", {"Back to the dialogue", "Zurück zum Dialog", "Retour au dialogue"}},
    {"room_denied", {"This link does not allow that.", "Dieser Link erlaubt das nicht.", "Ce lien ne le permet pas."}},
    {"room_wait", {"Too much at once. Please wait a moment and try again.", "Zu viel auf einmal. Bitte warten Sie einen Augenblick und versuchen Sie es noch einmal.", "Trop à la fois. Patientez un instant, puis réessayez."}},
    {"room_viewer", {"You watch this dialogue and do not take part in it.", "Sie sehen diesem Dialog zu und nehmen nicht daran teil.", "Vous observez ce dialogue sans y participer."}},
    {"room_report_not_yet", {"The report can be read when it is published.", "Der Bericht kann gelesen werden, wenn er veröffentlicht ist.", "Le rapport pourra être lu quand il sera publié."}},

    // Errors. What happened, then what to do.
    {"not_found_title", {"There is nothing here", "Hier ist nichts", "Il n’y a rien ici"}},
    {"not_found_text", {"The address may be mistyped, or the page was taken down. Please check the address.", "Vielleicht ist die Adresse falsch geschrieben, oder die Seite gibt es nicht mehr. Bitte prüfen Sie die Adresse.", "L’adresse est peut-être mal saisie, ou la page a été retirée. Merci de vérifier l’adresse."}},
    {"bad_link_title", {"This link does not work", "Dieser Link funktioniert nicht", "Ce lien ne fonctionne pas"}},
    {"bad_link_text", {"Mail programs sometimes cut long links off: please copy all of it from your mail. If it still does not work, ask the organiser who invited you.", "Manche E-Mail-Programme schneiden lange Links ab: Bitte kopieren Sie ihn vollständig aus Ihrer E-Mail. Hilft das nicht, fragen Sie bitte den Veranstalter, der Sie eingeladen hat.", "Certains logiciels de messagerie coupent les longs liens : copiez-le en entier depuis votre courriel. S’il ne fonctionne toujours pas, adressez-vous à l’organisateur qui vous a invité."}},
    {"sold_out_title", {"All places are taken", "Alle Plätze sind vergeben", "Toutes les places sont prises"}},
    {"sold_out_text", {"There is no waiting list. Please ask the organiser whether a place may become free.", "Eine Warteliste gibt es nicht. Bitte fragen Sie den Veranstalter, ob noch ein Platz frei werden kann.", "Il n’y a pas de liste d’attente. Demandez à l’organisateur si une place peut se libérer."}},
    {"deadline_title", {"It is too late for that", "Dafür ist es zu spät", "Il est trop tard"}},
    {"deadline_text", {"The deadline has passed. Please tell the organiser directly.", "Die Frist ist abgelaufen. Bitte wenden Sie sich direkt an den Veranstalter.", "Le délai est dépassé. Merci de vous adresser directement à l’organisateur."}},
    {"registered_title", {"You are registered already", "Sie sind bereits angemeldet", "Vous êtes déjà inscrit(e)"}},
    {"registered_text", {"There is a registration with your address for this event. Please use the link in its confirmation.", "Für diese Veranstaltung gibt es schon eine Anmeldung mit Ihrer Adresse. Bitte nutzen Sie den Link in deren Bestätigung.", "Une inscription existe déjà à votre adresse pour cet événement. Utilisez le lien de sa confirmation."}},
    {"not_admitted_title", {"Your address is not admitted", "Ihre Adresse ist nicht zugelassen", "Votre adresse n’est pas admise"}},
    {"not_admitted_text", {"This event is open to certain organisations only. Please ask the organiser.", "Diese Veranstaltung steht nur bestimmten Organisationen offen. Bitte fragen Sie den Veranstalter.", "Cet événement est réservé à certaines organisations. Adressez-vous à l’organisateur."}},
    {"not_now_title", {"That is not possible now", "Das ist gerade nicht möglich", "Ce n’est pas possible maintenant"}},
    {"not_now_text", {"Something has changed since you opened the page. Please open your link again to see how things stand.", "Seit Sie die Seite geöffnet haben, hat sich etwas geändert. Bitte öffnen Sie Ihren Link noch einmal.", "Quelque chose a changé depuis l’ouverture de la page. Ouvrez de nouveau votre lien pour voir la situation."}},
    {"bad_request_title", {"That could not be read", "Das war nicht lesbar", "La demande est illisible"}},
    {"bad_request_text", {"Your browser sent something unexpected. Please go back, reload the page and try again.", "Ihr Browser hat etwas Unerwartetes geschickt. Bitte gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.", "Votre navigateur a envoyé quelque chose d’inattendu. Revenez en arrière, rechargez la page et réessayez."}},
    {"too_large_title", {"That is too much text", "Das ist zu viel Text", "Le texte est trop long"}},
    {"too_large_text", {"Please go back and shorten your answers.", "Bitte gehen Sie zurück und kürzen Sie Ihre Antworten.", "Revenez en arrière et raccourcissez vos réponses."}},
    {"method_title", {"That cannot be done here", "Das geht hier nicht", "Cette action n’est pas possible ici"}},
    {"method_text", {"Please use the form of the page.", "Bitte benutzen Sie das Formular der Seite.", "Merci d’utiliser le formulaire de la page."}},
    {"too_many_title", {"Please wait a moment", "Bitte warten Sie einen Moment", "Un instant, s’il vous plaît"}},
    {"too_many_text", {"Many links that do not work were opened from your network. Please try again in a minute.", "Aus Ihrem Netz wurden viele Links geöffnet, die nicht funktionieren. Bitte versuchen Sie es in einer Minute noch einmal.", "De nombreux liens invalides ont été ouverts depuis votre réseau. Merci de réessayer dans une minute."}},
    {"away_title", {"We will be back in a moment", "Wir sind gleich wieder da", "Nous revenons dans un instant"}},
    {"away_text", {"The service is busy or being restarted. Please try again in a few seconds; nothing that you have done is lost.", "Der Dienst ist ausgelastet oder startet gerade neu. Bitte versuchen Sie es in einigen Sekunden noch einmal; nichts, was Sie getan haben, geht verloren.", "Le service est occupé ou redémarre. Merci de réessayer dans quelques secondes ; rien de ce que vous avez fait n’est perdu."}},
    {"defect_title", {"Something went wrong", "Etwas ist schiefgegangen", "Une erreur s’est produite"}},
    {"defect_text", {"This is our mistake, and it is in our log. Please try again later, or ask the organiser.", "Das ist unser Fehler, und er steht in unserem Protokoll. Bitte versuchen Sie es später noch einmal, oder fragen Sie den Veranstalter.", "L’erreur est de notre côté et figure dans notre journal. Réessayez plus tard ou adressez-vous à l’organisateur."}},
    {"try_again", {"Try again", "Noch einmal versuchen", "Réessayer"}},
};
// clang-format on

const Wording* Lookup(absl::string_view key) {
  static const auto* index = [] {
    auto* all = new absl::flat_hash_map<absl::string_view, const Wording*>;
    for (const Wording& wording : kWordings) all->emplace(wording.key, &wording);
    return all;
  }();
  const auto found = index->find(key);
  return found == index->end() ? nullptr : found->second;
}

}  // namespace

absl::string_view TagOf(Language language) {
  constexpr absl::string_view tags[] = {"en", "de", "fr"};
  return tags[static_cast<size_t>(language)];
}

absl::string_view NameOf(Language language) {
  constexpr absl::string_view names[] = {"English", "Deutsch", "Français"};
  return names[static_cast<size_t>(language)];
}

Language NearestLanguage(absl::Span<const std::string> tags) {
  for (const std::string& tag : tags) {
    for (const Language language : kLanguages) {
      if (absl::EqualsIgnoreCase(PrimaryLanguage(tag), TagOf(language))) return language;
    }
  }
  return Language::kEnglish;
}

absl::string_view Say(Language language, absl::string_view key) {
  const Wording* wording = Lookup(key);
  if (wording == nullptr) std::abort();
  return wording->texts[static_cast<size_t>(language)];
}

std::string Say(Language language, absl::string_view key, absl::Span<const std::string> words) {
  std::vector<std::pair<std::string, absl::string_view>> replacements;
  for (size_t i = 0; i < words.size(); ++i) {
    replacements.emplace_back(absl::StrCat("$", i), words[i]);
  }
  // All at once, so that a word that looks like $1 is left alone.
  return absl::StrReplaceAll(Say(language, key), replacements);
}

absl::Span<const Wording> Wordings() { return kWordings; }

}  // namespace colloquy::web
