// SPDX-License-Identifier: ISC
//
// net/tls_context.cpp - certificates and keys, checked and ready for handshakes.

#include "net/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/secret.h"
#include "base/text.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "net/ticket_keys.h"
#include "net/tickets.h"

namespace postern::net {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

constexpr std::size_t max_key_file = std::size_t{1024} * 1024;

// The reason of the newest OpenSSL error; empties the error queue.
std::string openssl_reason() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

// OpenSSL's own words for a missing file are hard to read, so ask the system first.  Not access(2),
// which does not know of CAP_DAC_READ_SEARCH in a process that is not root.
std::optional<Error> unreadable(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.is_open()) return std::nullopt;
  return Error{Errc::permanent, cat("cannot read ", path), errno};
}

// A key with a pass phrase is an error; OpenSSL would ask at the terminal for it, and wait.
int refuse_pass_phrase(char*, int, int, void*) noexcept {
  return 0;
}

// nullptr if there is none.  SSL_CTX_use_PrivateKey_file would leave the text of the file somewhere
// in memory, where processes that are forked and must not have the key would find it.
Key read_key(const std::string& path) {
  auto text = read_text_file(path, max_key_file);
  if (!text) return nullptr;
  const Bio bio{::BIO_new_mem_buf(text->data(), static_cast<int>(text->size()))};
  Key key{::PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_pass_phrase, nullptr)};
  wipe(*text);
  return key;
}

std::optional<Error> use_files(SSL_CTX* context, const KeyPair& pair) {
  for (const std::string& path : {pair.certificate_path, pair.key_path}) {
    if (auto error = unreadable(path)) return error;
  }
  if (::SSL_CTX_use_certificate_chain_file(context, pair.certificate_path.c_str()) != 1) {
    return Error{Errc::permanent, cat(pair.certificate_path, " holds no PEM certificate chain")};
  }
  const Key key = read_key(pair.key_path);
  ::ERR_clear_error();
  if (!key) {
    return Error{Errc::permanent, cat(pair.key_path, " holds no PEM key without a pass phrase")};
  }
  if (::SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      ::SSL_CTX_check_private_key(context) != 1) {
    ::ERR_clear_error();
    return Error{Errc::permanent, cat("the key ", pair.key_path,
                                      " does not belong to the "
                                      "certificate ",
                                      pair.certificate_path)};
  }
  return std::nullopt;
}

std::optional<Error> check_dates(SSL_CTX* context, const KeyPair& pair) {
  const X509* certificate = ::SSL_CTX_get0_certificate(context);
  if (::X509_cmp_current_time(::X509_get0_notAfter(certificate)) < 0) {
    return Error{Errc::permanent, cat(pair.certificate_path, " has expired; renew it")};
  }
  if (::X509_cmp_current_time(::X509_get0_notBefore(certificate)) > 0) {
    return Error{Errc::permanent, cat(pair.certificate_path, " is not valid yet; check the clock")};
  }
  return std::nullopt;
}

void set_options(SSL_CTX* context, TlsVersion minimum) {
  ::SSL_CTX_set_min_proto_version(context,
                                  minimum == TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  ::SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection keeps no record buffers: 34 KiB each.
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_default_passwd_cb(context, refuse_pass_phrase);
  // Sessions are resumed by tickets alone; nothing is kept of those that are over.
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_timeout(context,
                        static_cast<long>(std::chrono::seconds{TicketKeys::lifetime}.count()));
  // Each takes time to make, and a mail program has one connection.
  ::SSL_CTX_set_num_tickets(context, 1);
}

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

Digest digest_of(SSL_CTX* context, unsigned& size) {
  Digest digest{};
  ::X509_digest(::SSL_CTX_get0_certificate(context), ::EVP_sha256(), digest.data(), &size);
  return digest;
}

// A ticket is good under the certificates under which it was given (RFC 5077 5.5): OpenSSL looks
// into it before it knows which of them the client's server name chooses.
void set_session_context(const std::vector<Context>& contexts) {
  std::string certificates;
  for (const Context& context : contexts) {
    unsigned size = 0;
    const Digest digest = digest_of(context.get(), size);
    certificates.append(reinterpret_cast<const char*>(digest.data()), size);
  }
  Digest digest{};
  unsigned size = 0;
  ::EVP_Digest(certificates.data(), certificates.size(), digest.data(), &size, ::EVP_sha256(),
               nullptr);
  for (const Context& context : contexts) {
    ::SSL_CTX_set_session_id_context(context.get(), digest.data(), size);
  }
}

tl::expected<Context, Error> make_context(const KeyPair& pair, TlsVersion minimum) {
  Context context{::SSL_CTX_new(::TLS_server_method())};
  if (!context) return fail(Errc::temporary, cat("no TLS context: ", openssl_reason()));
  set_options(context.get(), minimum);
  if (auto error = use_files(context.get(), pair)) return tl::unexpected(std::move(*error));
  if (auto error = check_dates(context.get(), pair)) return tl::unexpected(std::move(*error));
  return context;
}

}  // namespace

class TlsContext::Impl {
 public:
  explicit Impl(std::vector<Context> contexts) : contexts_(std::move(contexts)) {
    // What OpenSSL's macro for this does, without its cast.
    ::SSL_CTX_callback_ctrl(contexts_.front().get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                            reinterpret_cast<void (*)()>(choose));
    ::SSL_CTX_set_tlsext_servername_arg(contexts_.front().get(), this);
  }

  void share_tickets(const TicketKeys& keys) {
    for (const Context& context : contexts_) use_ticket_keys(context.get(), keys);
  }

  SSL* new_connection() const { return ::SSL_new(contexts_.front().get()); }

  std::chrono::system_clock::time_point expires() const {
    std::time_t first = 0;
    for (const Context& context : contexts_) {
      std::tm when{};
      ::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context.get())), &when);
      const std::time_t seconds = ::timegm(&when);
      first = first == 0 ? seconds : std::min(first, seconds);
    }
    return std::chrono::system_clock::from_time_t(first);
  }

 private:
  // OpenSSL calls this when it has read the client's server name (RFC 6066 3).
  static int choose(SSL* ssl, int*, void* self) noexcept {
    const char* name = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    for (const Context& context : static_cast<const Impl*>(self)->contexts_) {
      X509* certificate = ::SSL_CTX_get0_certificate(context.get());
      if (::X509_check_host(certificate, name, 0, 0, nullptr) != 1) continue;
      ::SSL_set_SSL_CTX(ssl, context.get());
      return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;  // the first certificate; the client decides what it thinks of it
  }

  std::vector<Context> contexts_;
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;
TlsContext::~TlsContext() = default;

tl::expected<TlsContext, std::vector<Error>> TlsContext::load(const std::vector<KeyPair>& pairs,
                                                              TlsVersion minimum) {
  std::vector<Context> contexts;
  std::vector<Error> faults;
  for (const KeyPair& pair : pairs) {
    auto context = make_context(pair, minimum);
    if (context) {
      contexts.push_back(std::move(*context));
    } else {
      faults.push_back(std::move(context.error()));
    }
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  set_session_context(contexts);
  return TlsContext{std::make_unique<Impl>(std::move(contexts))};
}

void TlsContext::share_tickets(const TicketKeys& keys) {
  impl_->share_tickets(keys);
}

TlsHandle TlsContext::new_connection() const {
  return TlsHandle{impl_->new_connection()};
}

void TlsContext::forget() {
  impl_.reset();
}

std::chrono::system_clock::time_point TlsContext::expires() const {
  return impl_->expires();
}

void detail::FreeSsl::operator()(ssl_st* ssl) const {
  ::SSL_free(ssl);
}

}  // namespace postern::net
