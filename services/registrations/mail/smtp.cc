#include "services/registrations/mail/smtp.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace colloquy::registrations::mail {
namespace {

// How long a relay may take to answer for a whole letter once the server is told to stop.
constexpr absl::Duration kLastWords = absl::Seconds(5);
constexpr absl::string_view kLogin =
    "The relay wants another login than --mail-user and --mail-password-file give it: ";

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// libcurl would send them raw (RFC 5321 commands end at a line break).
bool HasControls(absl::string_view address) {
  return std::any_of(address.begin(), address.end(), absl::ascii_iscntrl);
}

class Smtp final : public Transport {
 public:
  Smtp(const RelayOptions& options, std::function<bool()> stopping)
      : stopping_(std::move(stopping)), handle_(curl_easy_init()) {
    Set(CURLOPT_URL, absl::StrCat(options.url, "/", options.hello).c_str());
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    Set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(absl::ToInt64Milliseconds(options.connect_timeout)));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(options.timeout)));
    Set(CURLOPT_USE_SSL, UseSsl(options.tls));
    // Without a verified peer, STARTTLS "if offered" still keeps listeners out.
    if (options.tls == RelayOptions::Tls::kIfOffered) {
      Set(CURLOPT_SSL_VERIFYPEER, 0L);
      Set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
    if (!options.user.empty()) {
      Set(CURLOPT_USERNAME, options.user.c_str());
      Set(CURLOPT_PASSWORD, options.password.c_str());
    }
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_READFUNCTION, &Smtp::Read);
    Set(CURLOPT_READDATA, this);
    Set(CURLOPT_VERBOSE, 1L);
    Set(CURLOPT_DEBUGFUNCTION, &Smtp::Watch);
    Set(CURLOPT_DEBUGDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &Smtp::Answer);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &Smtp::Progress);
    Set(CURLOPT_XFERINFODATA, this);
    Set(CURLOPT_ERRORBUFFER, error_);
  }
  ~Smtp() override = default;

  SendResult Send(const std::string&, const Letter& letter) override {
    if (HasControls(letter.from) || HasControls(letter.to))
      return {.kind = SendResult::kRefused, .text = "The address holds control characters."};
    const std::unique_ptr<curl_slist, Cleanup> to(curl_slist_append(nullptr, letter.to.c_str()));
    rest_ = letter.bytes;
    begun_ = ended_ = leaving_ = false;
    code_ = 0;
    answer_.clear();
    error_[0] = '\0';
    Set(CURLOPT_MAIL_FROM, letter.from.c_str());
    Set(CURLOPT_MAIL_RCPT, to.get());
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(letter.bytes.size()));
    const CURLcode result = curl_easy_perform(handle_.get());
    Set(CURLOPT_MAIL_RCPT, nullptr);
    return Judge(result);
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  static long UseSsl(RelayOptions::Tls tls) {
    switch (tls) {
      case RelayOptions::Tls::kOff:
        return CURLUSESSL_NONE;
      case RelayOptions::Tls::kIfOffered:
        return CURLUSESSL_TRY;
      case RelayOptions::Tls::kRequired:
        break;
    }
    return CURLUSESSL_ALL;
  }

  // The relay asked for the letter, so from here on its answer is about it.
  static size_t Read(char* buffer, size_t size, size_t count, void* self) {
    auto& smtp = *static_cast<Smtp*>(self);
    smtp.begun_ = true;
    const size_t length = std::min(size * count, smtp.rest_.size());
    std::memcpy(buffer, smtp.rest_.data(), length);
    smtp.rest_.remove_prefix(length);
    smtp.ended_ = smtp.rest_.empty();
    return length;
  }

  // Each command, and much else.
  static int Watch(CURL*, curl_infotype type, char* data, size_t size, void* self) {
    if (type == CURLINFO_HEADER_OUT)
      static_cast<Smtp*>(self)->leaving_ = absl::StartsWith({data, size}, "QUIT");
    return 0;
  }

  // Each line that the relay says. libcurl says QUIT after a refusal, and the answer to that is
  // none to the letter.
  static size_t Answer(char* line, size_t size, size_t count, void* self) {
    auto& smtp = *static_cast<Smtp*>(self);
    if (smtp.leaving_) return size * count;
    const absl::string_view text(line, size * count);
    int code = 0;
    if (text.size() >= 3 && absl::SimpleAtoi(text.substr(0, 3), &code)) {
      smtp.code_ = code;
      smtp.answer_ = std::string(text);
    }
    return size * count;
  }

  static int Progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& smtp = *static_cast<Smtp*>(self);
    if (!smtp.stopping_()) return 0;
    if (!smtp.begun_) return 1;
    const absl::Time now = absl::Now();
    smtp.stop_time_ = std::min(smtp.stop_time_, now);
    return now - smtp.stop_time_ > kLastWords ? 1 : 0;
  }

  // Authentication required, too weak, wrong, or only with encryption (RFC 4954, section 6): that
  // is no verdict on a guest, and the organiser can mend it.
  bool WantsOtherSettings() const {
    return !begun_ && (code_ == 530 || code_ == 534 || code_ == 535 || code_ == 538);
  }

  SendResult Judge(CURLcode result) const {
    const auto answered = [this](SendResult::Kind kind, absl::string_view advice = "") {
      return SendResult{.kind = kind, .code = code_, .text = absl::StrCat(advice, answer_)};
    };
    const auto by_code = [&] {
      if (WantsOtherSettings()) return answered(SendResult::kAway, kLogin);
      if (code_ == 421) return answered(SendResult::kAway);
      return answered(code_ >= 500 ? SendResult::kRefused : SendResult::kLater);
    };
    if (result == CURLE_OK) return answered(SendResult::kTaken);
    // libcurl's code for a refused MAIL, RCPT or DATA; with 2xx or 3xx it is a broken connection.
    if (!begun_ && result == CURLE_SEND_ERROR && code_ >= 400) return by_code();
    if (begun_ && code_ >= 400) return by_code();
    // Broken off within the letter, it may be the letter: that counts as an attempt, so that one
    // that no relay survives does not come back at once for ever.
    const SendResult::Kind broken = begun_ ? SendResult::kLater : SendResult::kAway;
    return {.kind = ended_ ? SendResult::kUnknown : broken,
            .code = code_ >= 400 ? code_ : 0,
            .text = Explain(result)};
  }

  // What went wrong without a verdict on the letter, and what the operator can do about it.
  std::string Explain(CURLcode result) const {
    const std::string error = error_[0] != '\0' ? error_ : curl_easy_strerror(result);
    switch (result) {
      case CURLE_LOGIN_DENIED:
        return absl::StrCat(kLogin, code_ >= 400 ? answer_ : error);
      case CURLE_USE_SSL_FAILED:
        return absl::StrCat("The relay does not go on in TLS, which --mail-tls requires: ", error);
      case CURLE_PEER_FAILED_VERIFICATION:
        return absl::StrCat(
            "The relay's certificate is not trusted; --mail-ca names whom to trust: ", error);
      case CURLE_SSL_CONNECT_ERROR:
        return absl::StrCat(
            "TLS with the relay fails; --mail-ca names whom to trust, if that is why: ", error);
      case CURLE_SSL_CACERT_BADFILE:
        return absl::StrCat("The certificates of --mail-ca cannot be read: ", error);
      default:
        return code_ >= 400 ? answer_ : error;
    }
  }

  const std::function<bool()> stopping_;
  const std::unique_ptr<CURL, Cleanup> handle_;
  absl::string_view rest_;
  bool begun_ = false;
  bool ended_ = false;
  bool leaving_ = false;
  int code_ = 0;
  std::string answer_;
  absl::Time stop_time_ = absl::InfiniteFuture();  // when it was first seen
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace

TransportFactory ToRelay(RelayOptions options) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return [options = std::move(options)](std::function<bool()> stopping) {
    return std::make_unique<Smtp>(options, std::move(stopping));
  };
}

}  // namespace colloquy::registrations::mail
