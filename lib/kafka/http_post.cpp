#include "lib/kafka/http_post.h"

#include <array>
#include <curl/curl.h>
#include <filesystem>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace vtp {
namespace {

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};

using CurlUrl = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, Release<curl_free>>;
using CurlHeaders = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;

// What OpenSSL says of a certificate's time (X509_V_ERR_… of its x509_vfy.h).
constexpr long certificate_not_yet_valid = 9;
constexpr long certificate_has_expired = 10;

// Once for the program; from several threads at once too.
bool is_curl_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  return CurlText(text).get();
}

// libcurl has brought other forms of an IPv4 address, such as 127.1, into the usual one.
bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

// One request and what libcurl needs for it.
class Transfer {
 public:
  Transfer(const HttpPost& post, const HttpUrl& url, const std::stop_token& stop)
      : post_(post), stop_(stop) {
    if (!handle_) throw std::bad_alloc();
    answer_.body.reserve(largest_http_body);  // so that take_body never has to
    connect_as(url);
    ask();
  }
  // libcurl has its address.
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<HttpAnswer> perform(const Clock& clock) {
    if (code_ == CURLE_OK) code_ = curl_easy_perform(handle_.get());
    if (code_ != CURLE_OK) return Problem{what_failed(clock)};
    answer_.status = number(CURLINFO_RESPONSE_CODE);
    answer_.date = date();
    const char* redirect = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &redirect);
    if (redirect) answer_.redirect = redirect;
    return std::move(answer_);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(handle_.get(), option, value);
  }

  void connect_as(const HttpUrl& url) {
    set(CURLOPT_URL, post_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, url.encrypted ? "https" : "http");
    if (!url.encrypted) set(CURLOPT_PROXY, "");
    if (!post_.ca_path.empty()) {
      std::error_code ignored;
      const bool is_folder = std::filesystem::is_directory(post_.ca_path, ignored);
      const char* const none = nullptr;  // not the system's beside it
      set(CURLOPT_CAINFO, is_folder ? none : post_.ca_path.c_str());
      set(CURLOPT_CAPATH, is_folder ? post_.ca_path.c_str() : none);
    }
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(post_.timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);    // other threads have handlers of their own
    set(CURLOPT_QUICK_EXIT, 1L);  // does not wait for a resolver that is late
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &must_stop);
    set(CURLOPT_XFERINFODATA, this);
  }

  void ask() {
    set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set(CURLOPT_USERNAME, post_.user.c_str());
    set(CURLOPT_PASSWORD, post_.password.c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post_.form.size()));
    set(CURLOPT_POSTFIELDS, post_.form.c_str());
    set(CURLOPT_USERAGENT, "vtptools/" VTP_VERSION);
    headers_.reset(curl_slist_append(nullptr, "Accept: application/json"));
    if (!headers_) throw std::bad_alloc();
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (size > largest_http_body - transfer.answer_.body.size()) {
      transfer.is_too_long_ = true;
      return CURL_WRITEFUNC_ERROR;
    }
    transfer.answer_.body.append(bytes, size);
    return size;
  }

  static int must_stop(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->stop_.stop_requested() ? 1 : 0;
  }

  [[nodiscard]] long number(CURLINFO info) const {
    long value = 0;
    curl_easy_getinfo(handle_.get(), info, &value);
    return value;
  }

  [[nodiscard]] std::optional<Time> date() const {
    curl_header* header = nullptr;
    if (curl_easy_header(handle_.get(), "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
      return std::nullopt;
    const time_t seconds = curl_getdate(header->value, nullptr);
    if (seconds < 0) return std::nullopt;
    return Time{std::chrono::seconds{seconds}};
  }

  [[nodiscard]] std::string what_failed(const Clock& clock) const {
    if (is_too_long_) return fmt::format("the answer has more than {} bytes", largest_http_body);
    if (code_ == CURLE_ABORTED_BY_CALLBACK) return "cancelled";
    std::string text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code_);
    if (code_ == CURLE_COULDNT_CONNECT && number(CURLINFO_OS_ERRNO) != 0) {
      const auto error = static_cast<int>(number(CURLINFO_OS_ERRNO));
      text += fmt::format(" ({})", std::generic_category().message(error));
    }
    if (code_ == CURLE_SSL_CACERT_BADFILE)
      text += post_.ca_path.empty() ? "; install ca-certificates" : "; see https.ca.location";
    if (code_ == CURLE_PEER_FAILED_VERIFICATION) text += hint_on_certificate(clock);
    return text;
  }

  [[nodiscard]] std::string hint_on_certificate(const Clock& clock) const {
    switch (number(CURLINFO_SSL_VERIFYRESULT)) {
      case 0:
        return {};  // trusted, but of another name
      case certificate_not_yet_valid:
      case certificate_has_expired:
        return fmt::format("; the clock of this machine says {}", utc_text(clock.now()));
      default:
        return "; if its authority is right but unknown here, name that one's certificate in "
               "https.ca.location";
    }
  }

  const HttpPost& post_;
  const std::stop_token& stop_;
  HttpAnswer answer_;
  bool is_too_long_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CurlHeaders headers_;
  CURLcode code_ = CURLE_OK;  // the first failure
  std::unique_ptr<CURL, Release<curl_easy_cleanup>> handle_{curl_easy_init()};
};

}  // namespace

Result<HttpUrl> parse_http_url(const std::string& text) {
  if (!is_curl_ready()) return Problem{"libcurl cannot start"};
  const CurlUrl url(curl_url());
  if (!url) throw std::bad_alloc();
  if (const auto error = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0))
    return Problem{fmt::format("is not a URL: {}", curl_url_strerror(error))};
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") return Problem{"is not an https:// URL"};
  if (!part_of(url.get(), CURLUPART_USER).empty() ||
      !part_of(url.get(), CURLUPART_PASSWORD).empty())
    return Problem{"must not have a user name or password in it"};
  if (scheme == "http" && !is_this_machine(part_of(url.get(), CURLUPART_HOST)))
    return Problem{
        "is not encrypted: the client's secret is sent over https only, or to this machine"};
  curl_url_set(url.get(), CURLUPART_QUERY, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return HttpUrl{part_of(url.get(), CURLUPART_URL), scheme == "https"};
}

Result<HttpAnswer> post_form(const HttpPost& post, const Clock& clock,
                             const std::stop_token& stop) {
  const auto url = parse_http_url(post.url);
  if (!url) return Problem{"the URL " + url.problem()};
  return Transfer(post, *url, stop).perform(clock);
}

}  // namespace vtp
