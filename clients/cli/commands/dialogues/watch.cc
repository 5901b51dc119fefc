// `colloquy dialogues watch`
#include <algorithm>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/commands/dialogues/room_view.h"
#include "clients/cli/terminal.h"
#include "clients/cli/times.h"
#include "colloquy/sdk/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

struct Args {
  std::string dialogue, cursor;
  int limit = 0;
};

// Draws the room once a second, as clocks run without updates; and whenever one comes.
class Screen {
 public:
  explicit Screen(Io& io) : io_(io) {
    // The other screen of the terminal, so that what was on it is there afterwards.
    io_.out << "\x1b[?1049h\x1b[?25l" << std::flush;
    ticker_ = std::thread([this] { Tick(); });
  }
  ~Screen() {
    {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
    }
    ticker_.join();
    io_.out << "\x1b[?25h\x1b[?1049l" << std::flush;
  }

  void Apply(const pb::RoomUpdate& update) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    view_.Apply(update);
    if (update.has_server_time()) ahead_ = FromProto(update.server_time()) - absl::Now();
    Draw();
  }

 private:
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout(absl::Condition(&ended_), absl::Seconds(1))) Draw();
  }
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const TerminalSize size = io_.size();
    io_.out << "\x1b[H";
    for (const std::string& line :
         view_.Screen(absl::Now() + ahead_, size.columns, size.lines - 1)) {
      io_.out << line << "\x1b[K\r\n";
    }
    io_.out << "\x1b[J" << std::flush;
  }

  Io& io_;
  absl::Mutex mutex_;
  RoomView view_ ABSL_GUARDED_BY(mutex_);
  absl::Duration ahead_ ABSL_GUARDED_BY(mutex_);  // the server's clock before ours
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread ticker_;
};

bool WorthResuming(const absl::Status& status) {
  return absl::IsUnavailable(status) || sdk::ReasonOf(status) == errors::v1::CONSUMER_TOO_SLOW;
}

// Every update, across lost connections, from the last cursor that was handled.
absl::Status Follow(Session& session, pb::WatchDialogueRequest request,
                    const std::function<bool(const pb::RoomUpdate&)>& handle) {
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  sdk::Cancellation never;
  sdk::Cancellation& cancellation = options.cancellation != nullptr ? *options.cancellation : never;
  absl::Duration pause = kFirstPause;
  while (true) {
    const absl::Status status = client->Stream(
        &sdk::Dialogues::WatchDialogue, request,
        [&](const pb::RoomUpdate& update) {
          pause = kFirstPause;
          if (!update.cursor().empty()) request.set_cursor(update.cursor());
          return handle(update);
        },
        options);
    if (status.ok() || cancellation.cancelled() || !WorthResuming(status)) return status;
    if (!cancellation.SleepFor(pause)) return absl::CancelledError();
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::Status Watch(Session& session, const Args& args) {
  pb::WatchDialogueRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.dialogue, kDialogue));
  request.set_cursor(args.cursor);
  Io& io = session.io();
  int count = 0;
  const auto more = [&] { return io.out.good() && ++count != args.limit; };
  if (!session.printer().has_columns()) {
    session.printer().Begin({});
    absl::Status printed;
    const absl::Status status = Follow(session, request, [&](const pb::RoomUpdate& update) {
      printed = session.printer().Add(update);
      session.printer().Flush();
      return printed.ok() && more();
    });
    session.printer().End();
    return printed.ok() ? status : printed;
  }
  if (io.out_is_terminal && session.flags().format == Format::kTable && !session.flags().verbose) {
    Screen screen(io);
    return Follow(session, request, [&](const pb::RoomUpdate& update) {
      screen.Apply(update);
      return more();
    });
  }
  RoomView view;
  return Follow(session, request, [&](const pb::RoomUpdate& update) {
    const absl::Time time =
        update.has_server_time() ? FromProto(update.server_time()) : absl::Now();
    for (const std::string& line : view.Apply(update)) {
      io.out << FormatForMachines(time, absl::LocalTimeZone()) << "  " << Visible(line) << "\n";
    }
    io.out.flush();
    return more();
  });
}

}  // namespace

void AddWatch(CommandTree& tree, CLI::App* group) {
  auto args = std::make_shared<Args>();
  CLI::App* app = tree.Add(
      group, "watch", "Show a room as it is and as it changes, until Ctrl-C",
      "colloquy dialogues watch roadmap\n"
      "  colloquy dialogues watch roadmap | tee room.log\n\n"
      "On a terminal: agenda clock, queue, polls, groups and what is voted on now. Elsewhere, or\n"
      "with --verbose, a line for each thing that happens. Goes on where it was when the\n"
      "connection breaks.",
      [args](Session& session) { return Watch(session, *args); });
  DialogueArgument(app, &args->dialogue);
  app->add_option("--cursor", args->cursor, "Go on after this update's cursor");
  app->add_option("--limit", args->limit, "End after so many updates")->check(Positive());
}

}  // namespace colloquy::cli
