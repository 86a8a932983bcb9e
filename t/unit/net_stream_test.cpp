// SPDX-License-Identifier: ISC
//
// t/unit/net_stream_test.cpp - the octets of one connection, in the clear and under TLS.

#include "net/stream.h"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "conf_fixture.h"
#include "test_certificates.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using net::Stream;
using test::certificate_pem;
using test::TemporaryDirectory;
using test::TestKey;

namespace {

// Remembers what it hears, and takes all input unless it is told to leave it.
class Listener final : public net::StreamObserver {
 public:
  void on_input() override {
    heard += "input ";
    while (takes_input && !stream->input().empty()) take();
  }
  void on_sent() override { heard += "sent "; }
  void on_tls_started() override { heard += "tls "; }
  void on_end(End end, std::string_view detail) override {
    constexpr std::array<std::string_view, 4> names{"closed", "error", "timeout", "no-tls"};
    heard += cat(names[static_cast<std::size_t>(end)], " ");
    why = detail;
  }

  void take() {
    input += stream->input();
    stream->consume(stream->input().size());
  }

  Stream* stream = nullptr;
  bool takes_input = true;
  std::string heard;
  std::string input;
  std::string why;
};

struct FreeClientContext {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};

// The other end of a stream, which never waits either.
class Peer {
 public:
  explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}

  void use_tls() {
    context_.reset(::SSL_CTX_new(::TLS_client_method()));
    tls_.reset(::SSL_new(context_.get()));
    ::SSL_set_fd(tls_.get(), fd_.get());
    ::SSL_set_connect_state(tls_.get());
  }
  bool shakes_hands() { return ::SSL_do_handshake(tls_.get()) == 1; }

  void send(std::string_view octets) {
    const auto size = static_cast<int>(octets.size());
    const ssize_t sent = tls_ ? ::SSL_write(tls_.get(), octets.data(), size)
                              : ::write(fd_.get(), octets.data(), octets.size());
    LONGS_EQUAL(size, sent);
  }

  // What has come by now.
  std::string read() {
    std::string all;
    std::array<char, 10'000> some;
    for (;;) {
      const ssize_t size = tls_ ? ::SSL_read(tls_.get(), some.data(), static_cast<int>(some.size()))
                                : ::read(fd_.get(), some.data(), some.size());
      if (size <= 0) return all;
      all.append(some.data(), static_cast<std::size_t>(size));
    }
  }

  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  std::unique_ptr<SSL_CTX, FreeClientContext> context_;
  net::TlsHandle tls_;
};

// A stream, who hears of it, and its peer.
struct Pair {
  explicit Pair(net::Loop& loop) {
    int fds[2];
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    stream = std::make_unique<Stream>(loop, UniqueFd{fds[0]}, listener);
    listener.stream = stream.get();
    peer = std::make_unique<Peer>(UniqueFd{fds[1]});
  }

  Listener listener;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Peer> peer;
};

// More than a socket takes at once.
const std::string& much() {
  static const std::string octets = [] {
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i) text += cat(i, "\r\n");
    return text;
  }();
  return octets;
}

}  // namespace

TEST_GROUP(Stream) {
  net::Loop loop;
  TemporaryDirectory directory;
  std::unique_ptr<net::TlsContext> context;
  Pair one{loop};
  Listener& listener = one.listener;
  Stream& stream = *one.stream;
  Peer& peer = *one.peer;

  void setup() override {
    std::signal(SIGPIPE, SIG_IGN);
  }

  net::TlsHandle server_tls() {
    if (!context) {
      const TestKey key = TestKey::ec();
      const net::KeyPair pair{directory.write("crt", certificate_pem(key, "a.example")),
                              directory.write("key", key.pem())};
      auto loaded = net::TlsContext::load({pair}, net::TlsVersion::v1_2);
      CHECK(loaded.has_value());
      context = std::make_unique<net::TlsContext>(std::move(*loaded));
    }
    return context->new_connection();
  }

  // So many turns, each of which comes to its end.
  void turn(int turns = 1) {
    for (int i = 0; i < turns; ++i) {
      net::Timer end(loop, [] {});
      end.start(std::chrono::milliseconds{0});
      loop.run([this] { loop.stop(); });
    }
  }

  // Turns until it is so.
  template <typename Condition>
  void until(Condition is_so) {
    for (int i = 0; i < 10'000 && !is_so(); ++i) turn();
    CHECK(is_so());
  }

  void shake_hands() {
    stream.start_tls(server_tls());
    peer.use_tls();
    until([this] { return peer.shakes_hands() && stream.has_tls(); });
  }
};

TEST(Stream, GivesWhatHasCome) {
  peer.send("EHLO client.example\r\n");
  turn();
  STRCMP_EQUAL("input ", listener.heard.c_str());
  STRCMP_EQUAL("EHLO client.example\r\n", listener.input.c_str());
}

// Before any turn of the loop: a reply costs one call, and nobody has to be told.
TEST(Stream, SendsAtOnceAndSaysNothingOfIt) {
  stream.send("220 ");
  stream.send("ready\r\n");
  LONGS_EQUAL(0, stream.unsent());
  STRCMP_EQUAL("220 ready\r\n", peer.read().c_str());
  turn(3);
  STRCMP_EQUAL("", listener.heard.c_str());
}

TEST(Stream, WhatThePeerDoesNotTakeWaitsInItsOrder) {
  stream.send(much());
  const std::size_t unsent = stream.unsent();
  CHECK(unsent > 0);
  CHECK(unsent < much().size());
  stream.send("the end");
  LONGS_EQUAL(unsent + 7, stream.unsent());
  turn(2);
  STRCMP_EQUAL("", listener.heard.c_str());
  std::string seen;
  until([&] {
    seen += peer.read();
    return seen.size() == much().size() + 7;
  });
  CHECK(seen == much() + "the end");
  LONGS_EQUAL(0, stream.unsent());
  STRCMP_EQUAL("sent ", listener.heard.c_str());
}

TEST(Stream, AFailureToSendIsToldLaterAndOnce) {
  peer.close();
  stream.send("anybody there?");
  STRCMP_EQUAL("", listener.heard.c_str());
  CHECK(stream.unsent() > 0);
  stream.send("no");
  turn(3);
  STRCMP_EQUAL("error ", listener.heard.c_str());
  STRCMP_EQUAL("Broken pipe", listener.why.c_str());
}

TEST(Stream, TellsOfTheEndAfterTheInputBeforeIt) {
  peer.send("QUIT\r\n");
  peer.close();
  turn(3);
  STRCMP_EQUAL("input closed ", listener.heard.c_str());
  STRCMP_EQUAL("QUIT\r\n", listener.input.c_str());
}

TEST(Stream, TheEndComesBehindWhatIsLast) {
  stream.send_last("221 Bye\r\n");
  stream.shut_down_sending();
  STRCMP_EQUAL("221 Bye\r\n", peer.read().c_str());
  LONGS_EQUAL(0, ::read(peer.fd(), std::string(1, ' ').data(), 1));
}

TEST(Stream, SendsAfterThePeerHasEndedItsOwnDirection) {
  CHECK(::shutdown(peer.fd(), SHUT_WR) == 0);
  turn();
  STRCMP_EQUAL("closed ", listener.heard.c_str());
  stream.send("221 Bye\r\n");
  STRCMP_EQUAL("221 Bye\r\n", peer.read().c_str());
  stream.shut_down_sending();
}

TEST(Stream, TakesNoMoreThanItsBoundUntilSomebodyTakesIt) {
  listener.takes_input = false;
  std::string_view rest = much();
  const auto push = [&] {
    ssize_t size = 0;
    while ((size = ::write(peer.fd(), rest.data(), rest.size())) > 0) {
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
  };
  for (int i = 0; i < 1000; ++i) {
    push();
    turn();
  }
  CHECK(!rest.empty());
  const std::string heard = listener.heard;
  turn(3);
  STRCMP_EQUAL(heard.c_str(), listener.heard.c_str());
  listener.takes_input = true;
  while (!stream.input().empty()) listener.take();
  CHECK(listener.input.size() >= Stream::max_input);
  CHECK(listener.input.size() < Stream::max_input + 20'000);
  until([&] {
    push();
    return listener.input.size() == much().size();
  });
  CHECK(listener.input == much());
}

// Input that is left is shown again when it is asked for, and not before.
TEST(Stream, CallsAgainThoughNothingIsNew) {
  listener.takes_input = false;
  peer.send("x");
  turn(3);
  STRCMP_EQUAL("input ", listener.heard.c_str());
  stream.call_again();
  STRCMP_EQUAL("input ", listener.heard.c_str());
  turn();
  STRCMP_EQUAL("input input ", listener.heard.c_str());
  stream.pause_input();
  stream.call_again();
  turn(2);
  STRCMP_EQUAL("input input input ", listener.heard.c_str());
}

TEST(Stream, ATimeoutPausesInput) {
  stream.set_read_timeout(std::chrono::seconds{1});
  loop.run([this] {
    if (!listener.heard.empty()) loop.stop();
  });
  STRCMP_EQUAL("timeout ", listener.heard.c_str());
  peer.send("x");
  turn(3);
  STRCMP_EQUAL("timeout ", listener.heard.c_str());
  stream.resume_input();
  turn();
  STRCMP_EQUAL("timeout input ", listener.heard.c_str());
}

TEST(Stream, SpeaksTls) {
  shake_hands();
  STRCMP_EQUAL("tls ", listener.heard.c_str());
  STRCMP_CONTAINS("TLSv1.3 with cipher ", stream.tls_description().c_str());
  peer.send("EHLO client.example\r\n");
  turn();
  STRCMP_EQUAL("EHLO client.example\r\n", listener.input.c_str());
  stream.send("250 ok\r\n");
  LONGS_EQUAL(0, stream.unsent());
  STRCMP_EQUAL("250 ok\r\n", peer.read().c_str());
}

TEST(Stream, UnderTlsWhatThePeerDoesNotTakeWaitsInItsOrder) {
  shake_hands();
  stream.send(much());
  CHECK(stream.unsent() > 0);
  stream.send("the end");
  std::string seen;
  until([&] {
    seen += peer.read();
    return seen.size() == much().size() + 7;
  });
  CHECK(seen == much() + "the end");
  STRCMP_EQUAL("tls sent ", listener.heard.c_str());
}

// The retry must begin with the record that OpenSSL could not get rid of, wherever it is by then.
TEST(Stream, UnderTlsNoRecordIsLostWhenThePeerStopsReading) {
  shake_hands();
  const std::string piece = much().substr(0, 5000);
  std::string sent;
  for (int after = 0; after<10; after += stream.unsent()> 0 ? 1 : 0) {
    stream.send(piece);
    sent += piece;
  }
  std::string seen;
  until([&] {
    seen += peer.read();
    return seen.size() == sent.size();
  });
  CHECK(seen == sent);
  stream.send("the end");
  STRCMP_EQUAL("the end", peer.read().c_str());
  LONGS_EQUAL(0, stream.unsent());
}

TEST(Stream, UnderTlsNothingIsForgottenBehindTheBound) {
  shake_hands();
  listener.takes_input = false;
  const std::string piece(1000, 'x');
  for (int i = 0; i < 70; ++i) peer.send(piece);
  turn(200);
  CHECK(!stream.input().empty());
  listener.takes_input = true;
  while (!stream.input().empty()) listener.take();
  until([this] { return listener.input.size() == 70'000; });
}

TEST(Stream, UnderTlsInputThatComesWithTheHandshakeIsRead) {
  stream.start_tls(server_tls());
  peer.use_tls();
  until([this] { return peer.shakes_hands(); });
  peer.send("EHLO client.example\r\n");
  turn(3);
  STRCMP_EQUAL("tls input ", listener.heard.c_str());
  STRCMP_EQUAL("EHLO client.example\r\n", listener.input.c_str());
}

// RFC 3207 4.2: what was said in the clear is forgotten.
TEST(Stream, NothingReadInTheClearSurvivesIntoTls) {
  listener.takes_input = false;
  peer.send("MAIL FROM:<evil@example.net>\r\n");
  turn();
  CHECK(!stream.input().empty());
  shake_hands();
  CHECK(stream.input().empty());
}

TEST(Stream, WhatIsNoHandshakeEndsIt) {
  stream.start_tls(server_tls());
  peer.send("MAIL FROM:<evil@example.net>\r\n");
  turn(3);
  STRCMP_EQUAL("no-tls ", listener.heard.c_str());
  CHECK(!listener.why.empty());
  CHECK(stream.input().empty());
  CHECK(!stream.has_tls());
}

TEST(Stream, APeerThatGoesAwayEndsTheHandshake) {
  stream.start_tls(server_tls());
  peer.close();
  turn(3);
  STRCMP_EQUAL("no-tls ", listener.heard.c_str());
}
