// SPDX-License-Identifier: ISC
//
// t/bench/channel.h - a connection of a client that never waits, in the clear or under TLS.

#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace postern::bench {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsHandle = std::unique_ptr<SSL, FreeSsl>;
using ClientContext = std::unique_ptr<SSL_CTX, FreeContext>;

// Trusts any certificate and resumes no session: every handshake is a whole one.
ClientContext new_client_context();

// Everything returns at once.  Call again when the descriptor is ready (edge-triggered).
class Channel {
 public:
  enum class Status { more, done, failed };

  // Begins to connect to a port of 127.0.0.1.  false if that failed, with errno.
  bool open(std::uint16_t port);
  int fd() const { return fd_.get(); }
  void close();

  void begin_tls(SSL_CTX* context);
  Status shake_hands();

  // Appends to what is to be written.
  std::string& output() { return output_; }
  bool has_written_all() const { return written_ == output_.size(); }
  Status write();

  // Appends what has come.  failed: it is over, for which the server may have had its reasons; what
  // came before that is appended all the same.  is_ending: the poll has seen the end of input, of
  // which there will be no second event.
  Status read(std::string& input, bool is_ending);

 private:
  Status write_clear();
  Status write_tls();

  UniqueFd fd_;
  TlsHandle tls_;
  std::string output_;
  std::size_t written_ = 0;
};

}  // namespace postern::bench
