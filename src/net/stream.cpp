// SPDX-License-Identifier: ISC
//
// net/stream.cpp - the octets of one connection, on a libevent bufferevent.

#include "net/stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/text.h"

namespace postern::net {

namespace {

// Deferred: a callback never runs inside a call that we make, only from the loop.
constexpr int options = BEV_OPT_DEFER_CALLBACKS;

// What one record of TLS holds (RFC 8446 5.1).
constexpr std::size_t max_record = 16'384;

}  // namespace

// libevent is C: noexcept, since no exception may pass through it.
struct Stream::Callbacks {
  static void read(bufferevent*, void* self) noexcept {
    auto* stream = static_cast<Stream*>(self);
    stream->loop_.take_step();
    stream->observer_.on_input();
    stream->stop_if_full();
  }
  static void write(bufferevent*, void* self) noexcept {
    // libevent defers this call, so there may be output by now that is newer than the call.
    auto* stream = static_cast<Stream*>(self);
    stream->loop_.take_step();
    if (stream->unsent() == 0) stream->observer_.on_sent();
  }
  static void event(bufferevent*, short what, void* self) noexcept {
    auto* stream = static_cast<Stream*>(self);
    stream->loop_.take_step();
    stream->on_event(what);
  }
};

void Stream::FreeBufferevent::operator()(bufferevent* bev) const {
  ::bufferevent_free(bev);
}

Stream::Stream(Loop& loop, UniqueFd fd, StreamObserver& observer)
    : loop_(loop),
      observer_(observer),
      fd_(std::move(fd)),
      bev_(::bufferevent_socket_new(loop.base(), fd_.get(), options)) {
  if (!bev_) std::abort();
  watch();
}

Stream::~Stream() {
  if (!tls_ || !::SSL_is_init_finished(tls_.get())) return;
  // Say close_notify, so that the peer can tell the end from an attack; do not wait for its own
  // (RFC 8446 6.1, RFC 8314 3.4).
  ::SSL_set_shutdown(tls_.get(), ::SSL_get_shutdown(tls_.get()) | SSL_RECEIVED_SHUTDOWN);
  ::SSL_shutdown(tls_.get());
  ::ERR_clear_error();
}

void Stream::watch() {
  ::bufferevent_setcb(bev_.get(), Callbacks::read, Callbacks::write, Callbacks::event, this);
  ::bufferevent_enable(bev_.get(), EV_READ);  // writing is, from the beginning
  set_read_timeout(read_timeout_);
}

std::string_view Stream::input() const {
  evbuffer* buffer = ::bufferevent_get_input(bev_.get());
  evbuffer_iovec piece{};
  if (::evbuffer_peek(buffer, -1, nullptr, &piece, 1) < 1) return {};
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

void Stream::consume(std::size_t octets) {
  evbuffer* buffer = ::bufferevent_get_input(bev_.get());
  ::evbuffer_drain(buffer, octets);
  if (is_full_ && ::evbuffer_get_length(buffer) < max_input) resume_input();
}

// Not by libevent's high watermark: above it the loop would call back again and again, and come
// to nothing else, until somebody takes the input.
void Stream::stop_if_full() {
  if (::evbuffer_get_length(::bufferevent_get_input(bev_.get())) < max_input) return;
  is_full_ = true;
  pause_input();
}

// Not by the bufferevent if nothing waits in it: it would watch the socket for each reply, be told
// that there is room, write, and watch it no more.
void Stream::send(std::string_view octets, int flags) {
  if (unsent() == 0) octets.remove_prefix(write_now(octets, flags));
  if (octets.empty()) return;
  ::bufferevent_write(bev_.get(), octets.data(), octets.size());
  // OpenSSL may have begun with a record, and wants the whole of it to go on with.
  if (!tls_) return;
  const std::size_t begun = std::min(unsent(), max_record);
  ::evbuffer_pullup(::bufferevent_get_output(bev_.get()), static_cast<ev_ssize_t>(begun));
}

void Stream::send(std::string_view octets) {
  send(octets, 0);
}

void Stream::send_last(std::string_view octets) {
  send(octets, MSG_MORE);
}

// Returns how many octets the peer has taken.  Errors are left for the bufferevent to find again,
// and to tell from the loop.
std::size_t Stream::write_now(std::string_view octets, int flags) {
  if (octets.empty()) return 0;
  if (!tls_) {
    const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | flags);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  // One record, which goes out whole or is begun.  libevent could not go on behind the first of
  // several.
  if (!handshake_done_ || octets.size() > max_record) return 0;
  ::ERR_clear_error();
  const int sent = ::SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()));
  ::ERR_clear_error();
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::size_t Stream::unsent() const {
  return ::evbuffer_get_length(::bufferevent_get_output(bev_.get()));
}

void Stream::pause_input() {
  ::bufferevent_disable(bev_.get(), EV_READ);
}

void Stream::resume_input() {
  is_full_ = false;
  ::bufferevent_enable(bev_.get(), EV_READ);
}

void Stream::call_on_arrival(std::function<void()> callback) {
  pause_input();
  arrival_ = std::make_unique<ReadWatch>(loop_, fd_.get(), [this, call = std::move(callback)] {
    arrival_->pause();
    call();
  });
}

void Stream::start_tls(TlsHandle tls) {
  arrival_.reset();
  bev_.reset();  // first: two bufferevents must not watch one descriptor
  tls_ = std::move(tls);
  bev_.reset(::bufferevent_openssl_socket_new(loop_.base(), fd_.get(), tls_.get(),
                                              BUFFEREVENT_SSL_ACCEPTING, options));
  if (!bev_) std::abort();
  watch();
}

void Stream::call_again() {
  ::bufferevent_trigger(bev_.get(), EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void Stream::set_read_timeout(std::chrono::seconds time) {
  read_timeout_ = time;
  const timeval interval{time.count(), 0};
  ::bufferevent_set_timeouts(bev_.get(), time.count() > 0 ? &interval : nullptr, nullptr);
}

void Stream::shut_down_sending() {
  if (tls_) {
    ::SSL_shutdown(tls_.get());
    ::ERR_clear_error();
  }
  ::shutdown(fd_.get(), SHUT_WR);
}

std::string Stream::tls_description() const {
  if (!tls_ || !::SSL_is_init_finished(tls_.get())) return {};
  return cat(::SSL_get_version(tls_.get()), " with cipher ", ::SSL_get_cipher_name(tls_.get()));
}

void Stream::on_event(short what) {
  using End = StreamObserver::End;
  if ((what & BEV_EVENT_CONNECTED) != 0) {
    handshake_done_ = true;
    observer_.on_tls_started();
    return;
  }
  if ((what & BEV_EVENT_TIMEOUT) != 0 && (what & (BEV_EVENT_ERROR | BEV_EVENT_EOF)) == 0) {
    observer_.on_end(End::read_timeout, "");
    return;
  }
  const std::string detail = take_failure();
  if (tls_ && !handshake_done_) {
    observer_.on_end(End::handshake_failed, detail.empty() ? "connection closed" : detail);
  } else if ((what & BEV_EVENT_ERROR) != 0) {
    // Before the end of input: both may be told at once, and after an error nothing is sent.
    observer_.on_end(End::error, detail);
  } else {
    observer_.on_end(End::closed_by_peer, detail);
  }
}

// What the system or OpenSSL says about the event that is just being told.
std::string Stream::take_failure() {
  const int reason = errno;
  std::string text;
  if (const unsigned long code = ::bufferevent_get_openssl_error(bev_.get()); code != 0) {
    const char* words = ::ERR_reason_error_string(code);
    text = words == nullptr ? "TLS error" : words;
  } else if (reason != 0) {
    text = std::generic_category().message(reason);
  }
  ::ERR_clear_error();
  return text;
}

}  // namespace postern::net
