#include "services/web/site.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/web/guesses.h"
#include "services/web/http/router.h"
#include "services/web/pages/errors.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"
#include "services/web/routes.h"

namespace colloquy::web {
namespace {

constexpr char kConnectionsGauge[] = "colloquy_http_connections";
// What no route took, in logs and metrics: a path may have a token in it.
constexpr absl::string_view kNoRoute = "(none)";

Answer PlainText(std::string text) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

std::string WithoutSlash(absl::string_view url) {
  absl::ConsumeSuffix(&url, "/");
  return std::string(url);
}

class SiteOverHttp final : public Site {
 public:
  explicit SiteOverHttp(SiteOptions options)
      : options_(std::move(options)),
        guesses_(options_.guesses_at_once, options_.guesses_per_minute, options_.now),
        calls_(options_.calls,
               [this](absl::AnyInvocable<void()> task) { server_->Post(std::move(task)); }) {
    if (options_.metrics == nullptr) return;
    requests_ = &prometheus::BuildCounter()
                     .Name("colloquy_http_requests_total")
                     .Help("Answers, by route and status.")
                     .Register(options_.metrics->registry());
  }

  ~SiteOverHttp() override {
    if (server_ != nullptr) Stop(absl::ZeroDuration());
  }

  absl::Status Serve() {
    AddFixed();
    const Kit kit{calls_, guesses_, rooms_, public_url_, options_.now};
    AddPublicPages(kit, router_);
    AddGuestPages(kit, router_);
    if (calls_.has_dialogues()) AddDialoguePages(kit, router_);
    ServerOptions server = options_.server;
    server.refuse = [this](int status) {
      Answer answer = RefusalPage(Reader{}, status);
      Finish("", kNoRoute, absl::Now(), answer);
      return answer;
    };
    const std::string host = server.listen.substr(0, server.listen.rfind(':'));
    auto listening =
        Server::Listen(std::move(server), [this](const std::shared_ptr<const Request>& request,
                                                 const Reply& reply) { Serve(request, reply); });
    if (!listening.ok()) return listening.status();
    server_ = *std::move(listening);
    if (public_url_.empty()) public_url_ = absl::StrCat("http://", host, ":", server_->port());
    server_->Run();
    if (options_.metrics != nullptr) {
      options_.metrics->AddGauge(kConnectionsGauge, "Open connections of browsers.",
                                 [this] { return static_cast<double>(server_->connections()); });
    }
    return absl::OkStatus();
  }

  int port() const override { return server_->port(); }
  const std::string& public_url() const override { return public_url_; }

  void Stop(absl::Duration grace) override {
    if (options_.metrics != nullptr) options_.metrics->RemoveGauge(kConnectionsGauge);
    server_->Stop(grace);
    rooms_.Stop();  // it lets go of the browsers, which are the server's
    calls_.Wait();  // their answers are posted to the server
    server_.reset();
  }

 private:
  void AddFixed() {
    const auto fixed = [this](absl::string_view path, Answer answer) {
      router_.Add("GET", path,
                  [answer = std::move(answer)](const auto& request, const Reply& reply) {
                    reply(Cacheable(answer, answer.body, *request));
                  });
    };
    for (Asset& asset : Assets()) fixed(asset.path, std::move(asset.answer));
    fixed("/robots.txt", PlainText("User-agent: *\nDisallow: /i/\nDisallow: /r/\nDisallow: /u/\n"
                                   "Disallow: /d/\nDisallow: /j/\nDisallow: /p/\n"));
    router_.Add("GET", "/healthz",
                [](const auto&, const Reply& reply) { reply(PlainText("ok\n")); });
  }

  void Serve(const std::shared_ptr<const Request>& request, const Reply& reply) {
    const absl::Time begun = absl::Now();
    const std::optional<Router::Match> match = router_.Find(request->method, request->path);
    const std::string pattern(match.has_value() ? match->pattern : kNoRoute);
    const Reply finished(
        [this, request, reply, pattern, begun](Answer answer) {
          Finish(request->method, pattern, begun, answer);
          reply(std::move(answer));
        },
        [request] { return RefusalPage(Reader::Of(*request), 500); });
    if (!match.has_value()) return finished(Unrouted(*request));
    if (request->method == "OPTIONS") return finished(Allowing(match->allow, {.status = 204}));
    if (match->handler == nullptr) {
      return finished(Allowing(match->allow, RefusalPage(Reader::Of(*request), 405)));
    }
    auto routed = std::make_shared<Request>(*request);
    routed->captures = match->captures;
    (*match->handler)(routed, finished);
  }

  static Answer Unrouted(const Request& request) {
    if (request.target == "*") return Allowing("GET, HEAD, POST, OPTIONS", {.status = 204});
    return RefusalPage(Reader::Of(request), 404);
  }

  static Answer Allowing(const std::string& methods, Answer answer) {
    answer.headers.emplace_back("Allow", methods);
    return answer;
  }

  // The route's pattern and nothing else of the request: tokens are in paths.
  void Finish(absl::string_view method, absl::string_view pattern, absl::Time begun,
              Answer& answer) {
    Secure(answer);
    if (requests_ != nullptr) {
      requests_->Add({{"route", std::string(pattern)}, {"status", absl::StrCat(answer.status)}})
          .Increment();
    }
    if (options_.log == nullptr) return;
    const auto level = answer.status == 500 ? telemetry::Level::kError : telemetry::Level::kDebug;
    options_.log->Write(level, "http",
                        {{"method", method},
                         {"route", pattern},
                         {"status", answer.status},
                         {"bytes", answer.body.size()},
                         {"ms", absl::ToDoubleMilliseconds(absl::Now() - begun)}});
  }

  const SiteOptions options_;
  std::string public_url_ = WithoutSlash(options_.public_url);
  Guesses guesses_;
  Router router_;
  prometheus::Family<prometheus::Counter>* requests_ = nullptr;
  std::unique_ptr<Server> server_;
  const Calls calls_;
  Rooms rooms_{calls_};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Site>> Site::Start(SiteOptions options) {
  auto site = std::make_unique<SiteOverHttp>(std::move(options));
  const absl::Status serving = site->Serve();
  if (!serving.ok()) return serving;
  return site;
}

}  // namespace colloquy::web
