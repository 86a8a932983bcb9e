// SPDX-License-Identifier: ISC
//
// t/unit/net_tls_tickets_test.cpp - sessions that are resumed, by whom and with whom.

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "conf_fixture.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"
#include "test_certificates.h"

#include <CppUTest/TestHarness.h>

using namespace postern::net;
using postern::UniqueFd;
using postern::test::certificate_pem;
using postern::test::TemporaryDirectory;
using postern::test::TestKey;

namespace {

using std::chrono::hours;

struct FreeContext {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};

struct FreeSession {
  void operator()(SSL_SESSION* session) const { ::SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

// A client that keeps the newest ticket it gets, and offers it.
class Client {
 public:
  explicit Client(int version = TLS1_3_VERSION) : context_(::SSL_CTX_new(::TLS_client_method())) {
    SSL_CTX* context = context_.get();
    ::SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, version, nullptr);
    ::SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE,
                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL, nullptr);
    ::SSL_CTX_set_ex_data(context, 0, this);
    ::SSL_CTX_sess_set_new_cb(context, count);
  }

  // Whether the handshake was short.
  bool resumes(const TlsContext& server_context, std::string name = "a.example") {
    const TlsHandle client{::SSL_new(context_.get())};
    const TlsHandle server = server_context.new_connection();
    ::SSL_ctrl(client.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    if (session_) ::SSL_set_session(client.get(), session_.get());
    tickets_ = 0;
    BIO* ends[2] = {nullptr, nullptr};
    CHECK(::BIO_new_bio_pair(&ends[0], 0, &ends[1], 0) == 1);
    ::SSL_set_bio(client.get(), ends[0], ends[0]);
    ::SSL_set_bio(server.get(), ends[1], ends[1]);
    ::SSL_set_connect_state(client.get());
    ::SSL_set_accept_state(server.get());
    char octet = 0;
    for (int i = 0; i < 20; ++i) {
      ::SSL_read(client.get(), &octet, 1);  // tickets come behind the handshake
      ::SSL_do_handshake(server.get());
    }
    CHECK(::SSL_is_init_finished(client.get()) && ::SSL_is_init_finished(server.get()));
    session_.reset(::SSL_get1_session(client.get()));
    // OpenSSL resumes no session that was cut off.
    ::SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return ::SSL_session_reused(client.get()) == 1;
  }

  int tickets() const { return tickets_; }  // of TLS 1.3, that came the last time

 private:
  static int count(SSL* ssl, SSL_SESSION*) {
    ++static_cast<Client*>(::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(ssl), 0))->tickets_;
    return 0;
  }

  std::unique_ptr<SSL_CTX, FreeContext> context_;
  Session session_;
  int tickets_ = 0;
};

// Made once: it is slow.
const TestKey& ec_key() {
  static const TestKey key = TestKey::ec();
  return key;
}

constexpr int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

}  // namespace

TEST_GROUP(NetTlsTickets) {
  TicketKeys::Clock::time_point start{hours{1}};
  TicketKeys keys{UniqueFd{}, start};
  TemporaryDirectory directory;

  KeyPair pair(const std::string& name) const {
    return {directory.write(name + ".crt", certificate_pem(ec_key(), name, {})),
            directory.write(name + ".key", ec_key().pem())};
  }

  // As another worker has it, or another generation.
  TlsContext context(const std::vector<KeyPair>& pairs) const {
    auto loaded = TlsContext::load(pairs, TlsVersion::v1_2);
    CHECK(loaded.has_value());
    loaded->share_tickets(keys);
    return std::move(*loaded);
  }
};

TEST(NetTlsTickets, AreGoodWhereverTheKeysAre) {
  const KeyPair a = pair("a.example");
  for (const int version : versions) {
    Client client{version};
    CHECK(!client.resumes(context({a})));
    for (int i = 0; i < 3; ++i) CHECK(client.resumes(context({a})));
  }
}

TEST(NetTlsTickets, AreGoodForTheNameThatChoosesTheCertificateToo) {
  const std::vector<KeyPair> pairs{pair("a.example"), pair("b.example")};
  for (const int version : versions) {
    Client client{version};
    CHECK(!client.resumes(context(pairs), "b.example"));
    for (int i = 0; i < 3; ++i) CHECK(client.resumes(context(pairs), "b.example"));
  }
}

TEST(NetTlsTickets, OneComesWithEachHandshake) {
  const TlsContext server = context({pair("a.example")});
  Client client;
  client.resumes(server);
  CHECK_EQUAL(1, client.tickets());
  client.resumes(server);
  CHECK_EQUAL(1, client.tickets());
}

TEST(NetTlsTickets, AreNotGoodUnderOtherKeys) {
  const KeyPair a = pair("a.example");
  const TicketKeys others{UniqueFd{}, start};
  TlsContext other = context({a});
  other.share_tickets(others);
  for (const int version : versions) {
    Client client{version};
    client.resumes(context({a}));
    CHECK(!client.resumes(other));
  }
}

TEST(NetTlsTickets, AreNotGoodUnderOtherCertificates) {
  const KeyPair a = pair("a.example");
  const KeyPair b = pair("b.example");
  for (const int version : versions) {
    for (const auto& others : std::vector<std::vector<KeyPair>>{{b}, {a, b}, {b, a}}) {
      Client client{version};
      client.resumes(context({a}));
      CHECK(!client.resumes(context(others)));
      CHECK(client.resumes(context(others)));
    }
  }
}

TEST(NetTlsTickets, AreGoodWhenAnotherKeyHasFollowed) {
  const TlsContext server = context({pair("a.example")});
  for (const int version : versions) {
    Client client{version};
    client.resumes(server);
    start += TicketKeys::period;
    keys.refresh(start);
    CHECK(client.resumes(server));  // and gets a ticket by the new key
    keys.refresh(start + TicketKeys::lifetime);
    CHECK(client.resumes(server));
  }
}

TEST(NetTlsTickets, AreNotGoodWhenTheirKeyIsForgotten) {
  const TlsContext server = context({pair("a.example")});
  for (const int version : versions) {
    Client client{version};
    client.resumes(server);
    start += TicketKeys::period;
    keys.refresh(start);
    keys.refresh(start + TicketKeys::lifetime);
    CHECK(!client.resumes(server));
  }
}

TEST(NetTlsTickets, WithoutTheCallTheyAreGoodHereAlone) {
  const KeyPair a = pair("a.example");
  const auto one = TlsContext::load({a}, TlsVersion::v1_2);
  const auto other = TlsContext::load({a}, TlsVersion::v1_2);
  Client client;
  client.resumes(*one);
  CHECK(client.resumes(*one));
  CHECK(!client.resumes(*other));
}
