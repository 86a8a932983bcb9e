// SPDX-License-Identifier: ISC
//
// net/stream.h - the octets of one connection, in the clear or under TLS.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "net/loop.h"
#include "net/tls_context.h"

struct bufferevent;

namespace postern::net {

// What happens to a stream.  The stream must not be destroyed from inside one of these.
class StreamObserver {
 public:
  enum class End { closed_by_peer, error, read_timeout, handshake_failed };

  virtual ~StreamObserver() = default;
  virtual void on_input() = 0;  // there is more to read
  virtual void on_sent() = 0;   // nothing is left to send of what had to wait
  virtual void on_tls_started() = 0;
  // No more input will come; detail is for the log.  After closed_by_peer what is left may still
  // be read, and sending may still work: the peer may have closed its own direction only.
  virtual void on_end(End end, std::string_view detail) = 0;
};

// Gathers input up to a bound, sends output as the peer takes it.
class Stream {
 public:
  // About as much input may wait here; beyond it the peer's window closes.
  static constexpr std::size_t max_input = 64 * 1024;

  Stream(Loop& loop, UniqueFd fd, StreamObserver& observer);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // The first piece of input that is in one place; empty if there is none.  It stays until
  // consume, which takes octets off its front.
  std::string_view input() const;
  void consume(std::size_t octets);

  // Sends at once what the peer takes at once.  If that is all, unsent is 0 afterwards, and on_sent
  // does not follow.
  void send(std::string_view octets);
  // The same, of what is last: shut_down_sending is to follow at once.  In the clear, and if
  // nothing waits before it, both go out together.
  void send_last(std::string_view octets);
  std::size_t unsent() const;

  // Nothing is read from the peer between these two; also start_tls resumes, and after a
  // read_timeout input is paused.
  void pause_input();
  void resume_input();

  // Nothing is read any more.  Calls back once, when the peer has sent something or has gone away;
  // that waits in the kernel for start_tls.
  void call_on_arrival(std::function<void()> callback);

  // Begins the server's side of a handshake.  Input that came before must have been consumed, and
  // output must have been sent; if that had to wait, input must have been paused meanwhile, so that
  // the client's first handshake message waits in the kernel.  Not to be called by what
  // call_on_arrival calls.  on_tls_started or on_end follows.
  void start_tls(TlsHandle tls);

  // Has on_input called once more, though nothing new may have come, when others have had a turn.
  void call_again();

  // How long the peer may send nothing; 0: for ever.
  void set_read_timeout(std::chrono::seconds time);

  // Tells the peer that no more comes; what it still sends can be read.
  void shut_down_sending();

  // "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"; empty in the clear.
  std::string tls_description() const;

  // A handshake was done.
  bool has_tls() const { return handshake_done_; }

 private:
  struct FreeBufferevent {
    void operator()(bufferevent* bev) const;
  };
  struct Callbacks;

  void watch();
  void send(std::string_view octets, int flags);
  std::size_t write_now(std::string_view octets, int flags);
  void stop_if_full();
  void on_event(short what);
  std::string take_failure();

  Loop& loop_;
  StreamObserver& observer_;
  // In this order: the bufferevent uses the TLS state, which uses the descriptor.
  UniqueFd fd_;
  TlsHandle tls_;
  std::unique_ptr<bufferevent, FreeBufferevent> bev_;
  std::chrono::seconds read_timeout_{};
  std::unique_ptr<ReadWatch> arrival_;  // until TLS starts
  bool is_full_ = false;                // input is paused until some of it is taken
  bool handshake_done_ = false;         // OpenSSL's own answer changes after a fatal error
};

}  // namespace postern::net
