// SPDX-License-Identifier: ISC
//
// net/tls_context.h - certificates and keys, checked and ready for handshakes.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct ssl_st;

namespace postern::net {

namespace detail {
struct FreeSsl {
  void operator()(ssl_st* ssl) const;
};
}  // namespace detail

class TicketKeys;

using TlsHandle = std::unique_ptr<ssl_st, detail::FreeSsl>;

struct KeyPair {
  std::string certificate_path;  // PEM: the certificate, then its chain
  std::string key_path;          // PEM, without a pass phrase
};

enum class TlsVersion { v1_2, v1_3 };

// The server's side of TLS (RFC 8314 4.1, 4.4).  Of several key pairs the client's server name
// (SNI) chooses; the first serves all who ask for nothing or for something else.
class TlsContext {
 public:
  // Reads and checks the files: there, readable, PEM, key and certificate belong together, the
  // certificate valid now.  The first fault of each pair is told, with the file's name.  There
  // must be at least one pair.
  static tl::expected<TlsContext, std::vector<Error>> load(const std::vector<KeyPair>& pairs,
                                                           TlsVersion minimum);
  TlsContext(TlsContext&&) noexcept;
  TlsContext& operator=(TlsContext&&) noexcept;
  ~TlsContext();

  // Session tickets are made with these keys, which must outlive the context and its connections,
  // and are good wherever the same keys and the same certificates are.  Without this call they are
  // good here alone.
  void share_tickets(const TicketKeys& keys);

  // A new connection's state; nullptr when memory is short.
  TlsHandle new_connection() const;

  // Frees certificates and keys, and overwrites the keys: for a process that has inherited them
  // and needs none.  Nothing but the end may follow.
  void forget();

  // When the first of the certificates expires.
  std::chrono::system_clock::time_point expires() const;

 private:
  class Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::net
