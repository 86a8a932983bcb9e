// SPDX-License-Identifier: ISC
//
// t/unit/net_tls_context_test.cpp - certificates and keys, checked; and handshakes in memory.

#include "net/tls_context.h"

#include <openssl/ssl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "conf_fixture.h"
#include "test_certificates.h"

#include <CppUTest/TestHarness.h>

using namespace postern::net;
using postern::cat;
using postern::Error;
using postern::test::certificate_pem;
using postern::test::TemporaryDirectory;
using postern::test::TestKey;
using postern::test::Validity;

namespace {

using std::chrono::hours;

// The client's side of a handshake.
struct Client {
  const char* server_name = nullptr;
  int newest_version = TLS1_3_VERSION;
};

// What a client sees of the server after the handshake.
struct Seen {
  std::string name;  // of the certificate
  int version = 0;
  int chain = 0;  // certificates that came
};

struct FreeClientContext {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};

void connect_in_memory(SSL* client, SSL* server) {
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  CHECK(::BIO_new_bio_pair(&client_end, 0, &server_end, 0) == 1);
  ::SSL_set_bio(client, client_end, client_end);
  ::SSL_set_bio(server, server_end, server_end);
  ::SSL_set_connect_state(client);
  ::SSL_set_accept_state(server);
}

Seen what_is_seen(SSL* client) {
  Seen seen;
  X509* certificate = ::SSL_get_peer_certificate(client);
  char name[256] = "";
  ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
  ::X509_free(certificate);
  seen.name = name;
  seen.version = ::SSL_version(client);
  seen.chain =
      ::OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(::SSL_get_peer_cert_chain(client)));
  return seen;
}

// Nothing if there is no version that both speak.
std::optional<Seen> shake_hands(const TlsContext& context, Client how = {}) {
  const std::unique_ptr<SSL_CTX, FreeClientContext> client_context{
      ::SSL_CTX_new(::TLS_client_method())};
  const TlsHandle client{::SSL_new(client_context.get())};
  const TlsHandle server = context.new_connection();
  ::SSL_ctrl(client.get(), SSL_CTRL_SET_MAX_PROTO_VERSION, how.newest_version, nullptr);
  if (how.server_name != nullptr) {
    std::string name = how.server_name;
    ::SSL_ctrl(client.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  connect_in_memory(client.get(), server.get());
  for (int i = 0; i < 20; ++i) {
    ::SSL_do_handshake(client.get());
    ::SSL_do_handshake(server.get());
    const bool done =
        ::SSL_is_init_finished(client.get()) == 1 && ::SSL_is_init_finished(server.get()) == 1;
    if (done) return what_is_seen(client.get());
  }
  return std::nullopt;
}

// Made once: it is slow.
const TestKey& ec_key() {
  static const TestKey key = TestKey::ec();
  return key;
}

}  // namespace

TEST_GROUP(TlsContext) {
  TemporaryDirectory directory;

  // Files of a pair with this name; what they hold is right unless it is given.
  KeyPair pair(const std::string& name, Validity validity = {}) {
    return {directory.write(name + ".crt", certificate_pem(ec_key(), name, validity)),
            directory.write(name + ".key", ec_key().pem())};
  }

  TlsContext good(const std::vector<KeyPair>& pairs, TlsVersion minimum = TlsVersion::v1_2) {
    auto loaded = TlsContext::load(pairs, minimum);
    CHECK(loaded.has_value());
    return std::move(*loaded);
  }

  // All faults, one a line, without the name of the directory.
  std::string faults(const std::vector<KeyPair>& pairs) {
    const auto loaded = TlsContext::load(pairs, TlsVersion::v1_2);
    std::string all;
    if (loaded) return all;
    for (const Error& fault : loaded.error()) all += fault.message() + "\n";
    const std::string prefix = directory.path("");
    for (std::size_t at = 0; (at = all.find(prefix)) != std::string::npos;) {
      all.erase(at, prefix.size());
    }
    return all;
  }
};

TEST(TlsContext, TakesAKeyAndItsCertificate) {
  STRCMP_EQUAL("", faults({pair("a.example")}).c_str());
  const auto seen = shake_hands(good({pair("a.example")}));
  CHECK(seen.has_value());
  STRCMP_EQUAL("a.example", seen->name.c_str());
  LONGS_EQUAL(TLS1_3_VERSION, seen->version);
}

TEST(TlsContext, TakesAnRsaKey) {
  const TestKey key = TestKey::rsa();
  const KeyPair rsa{directory.write("rsa.crt", certificate_pem(key, "rsa.example")),
                    directory.write("rsa.key", key.pem())};
  STRCMP_EQUAL("", faults({rsa}).c_str());
  STRCMP_EQUAL("rsa.example", shake_hands(good({rsa}))->name.c_str());
}

TEST(TlsContext, SaysWhichFileIsMissing) {
  KeyPair no_certificate = pair("a");
  no_certificate.certificate_path = directory.path("none.crt");
  STRCMP_EQUAL("cannot read none.crt: No such file or directory\n",
               faults({no_certificate}).c_str());
  KeyPair no_key = pair("a");
  no_key.key_path = directory.path("none.key");
  STRCMP_EQUAL("cannot read none.key: No such file or directory\n", faults({no_key}).c_str());
}

// Root reads everything, so there is nothing to see for it.
TEST(TlsContext, SaysWhichFileItMayNotRead) {
  if (::geteuid() == 0) return;
  const KeyPair secret = pair("a");
  std::filesystem::permissions(secret.key_path, std::filesystem::perms::none);
  STRCMP_EQUAL("cannot read a.key: Permission denied\n", faults({secret}).c_str());
}

TEST(TlsContext, SaysWhichFileIsNotPem) {
  KeyPair garbage = pair("a");
  garbage.certificate_path = directory.write("bad.crt", "garbage\n");
  STRCMP_CONTAINS("bad.crt holds no PEM certificate chain", faults({garbage}).c_str());
  garbage = pair("a");
  garbage.key_path = directory.write("bad.key", "garbage\n");
  STRCMP_CONTAINS("bad.key holds no PEM key without a pass phrase", faults({garbage}).c_str());
  garbage.key_path = directory.write("empty.key", "");
  STRCMP_CONTAINS("empty.key holds no PEM key without a pass phrase", faults({garbage}).c_str());
}

// Neither here nor in a daemon is there anybody to ask for it.
TEST(TlsContext, TakesNoKeyWithAPassPhraseAndDoesNotAsk) {
  KeyPair secret = pair("a");
  secret.key_path = directory.write("secret.key", ec_key().encrypted_pem("sesame"));
  STRCMP_CONTAINS("secret.key holds no PEM key without a pass phrase", faults({secret}).c_str());
}

TEST(TlsContext, SaysWhenThePathsAreExchanged) {
  const KeyPair right = pair("a");
  STRCMP_CONTAINS("a.key holds no PEM certificate chain",
                  faults({{right.key_path, right.certificate_path}}).c_str());
}

TEST(TlsContext, SaysWhenADamagedCertificateFollowsAGoodOne) {
  KeyPair damaged = pair("a");
  const std::string begin = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  damaged.certificate_path =
      directory.write("chain.crt", cat(certificate_pem(ec_key(), "a"), begin));
  STRCMP_CONTAINS("chain.crt holds no PEM certificate chain", faults({damaged}).c_str());
}

TEST(TlsContext, SaysWhenKeyAndCertificateDoNotBelongTogether) {
  for (const TestKey& other : {TestKey::ec(), TestKey::rsa()}) {
    KeyPair mixed = pair("a");
    mixed.key_path = directory.write("other.key", other.pem());
    STRCMP_EQUAL("the key other.key does not belong to the certificate a.crt\n",
                 faults({mixed}).c_str());
  }
}

TEST(TlsContext, SaysWhenACertificateHasExpired) {
  STRCMP_EQUAL("a.crt has expired; renew it\n",
               faults({pair("a", {.from = hours{-48}, .until = hours{-1}})}).c_str());
}

TEST(TlsContext, SaysWhenACertificateIsNotValidYet) {
  STRCMP_EQUAL("a.crt is not valid yet; check the clock\n",
               faults({pair("a", {.from = hours{1}, .until = hours{48}})}).c_str());
}

TEST(TlsContext, TellsTheFaultsOfAllPairs) {
  KeyPair missing = pair("b");
  missing.key_path = directory.path("none.key");
  STRCMP_EQUAL(
      "a.crt has expired; renew it\n"
      "cannot read none.key: No such file or directory\n",
      faults({pair("a", {.until = hours{-1}}), pair("good"), missing}).c_str());
}

TEST(TlsContext, OneBadPairIsEnoughToRefuseAll) {
  CHECK(!TlsContext::load({pair("good"), pair("a", {.until = hours{-1}})}, TlsVersion::v1_2));
}

TEST(TlsContext, SendsTheChainOfTheFile) {
  KeyPair chained = pair("leaf.example");
  const std::string authority = certificate_pem(TestKey::ec(), "authority.example");
  chained.certificate_path =
      directory.write("chain.crt", cat(certificate_pem(ec_key(), "leaf.example"), authority));
  const auto seen = shake_hands(good({chained}));
  STRCMP_EQUAL("leaf.example", seen->name.c_str());
  LONGS_EQUAL(2, seen->chain);
}

// RFC 6066 3, RFC 8314 4.4.
TEST(TlsContext, TheNameThatAClientAsksForChooses) {
  const TlsContext context = good({pair("a.example"), pair("b.example"), pair("*.c.example")});
  const auto seen_by = [&](const char* name) {
    return shake_hands(context, {.server_name = name})->name;
  };
  STRCMP_EQUAL("a.example", seen_by("a.example").c_str());
  STRCMP_EQUAL("b.example", seen_by("b.example").c_str());
  STRCMP_EQUAL("b.example", seen_by("B.Example").c_str());
  STRCMP_EQUAL("*.c.example", seen_by("mail.c.example").c_str());
}

TEST(TlsContext, TheFirstPairServesAllOthers) {
  const TlsContext context = good({pair("a.example"), pair("b.example")});
  STRCMP_EQUAL("a.example", shake_hands(context)->name.c_str());
  STRCMP_EQUAL("a.example", shake_hands(context, {.server_name = "x.example"})->name.c_str());
  STRCMP_EQUAL("a.example", shake_hands(context, {.server_name = "sub.b.example"})->name.c_str());
}

TEST(TlsContext, MayBeMoved) {
  TlsContext context = good({pair("a.example"), pair("b.example")});
  const TlsContext moved = std::move(context);
  STRCMP_EQUAL("b.example", shake_hands(moved, {.server_name = "b.example"})->name.c_str());
}

TEST(TlsContext, ConnectionsOutliveIt) {
  TlsHandle connection;
  {
    const TlsContext context = good({pair("a.example")});
    connection = context.new_connection();
  }
  CHECK(::SSL_get_certificate(connection.get()) != nullptr);
}

TEST(TlsContext, SpeaksTheVersionsItIsTold) {
  const TlsContext both = good({pair("a.example")}, TlsVersion::v1_2);
  const auto seen = shake_hands(both, {.newest_version = TLS1_2_VERSION});
  CHECK(seen.has_value());
  LONGS_EQUAL(TLS1_2_VERSION, seen->version);
  const TlsContext newest = good({pair("a.example")}, TlsVersion::v1_3);
  CHECK(!shake_hands(newest, {.newest_version = TLS1_2_VERSION}));
  CHECK(shake_hands(newest).has_value());
}

// RFC 8314 4.1.
TEST(TlsContext, NeverSpeaksOldVersions) {
  const TlsContext context = good({pair("a.example")}, TlsVersion::v1_2);
  const TlsHandle connection = context.new_connection();
  LONGS_EQUAL(TLS1_2_VERSION,
              ::SSL_ctrl(connection.get(), SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr));
}

TEST(TlsContext, KnowsWhenTheFirstCertificateExpires) {
  const auto now = std::chrono::system_clock::now();
  const TlsContext context = good({pair("a", {.until = hours{50}}), pair("b", {.until = hours{20}}),
                                   pair("c", {.until = hours{30}})});
  const auto left = context.expires() - now;
  CHECK(left > hours{19});
  CHECK(left < hours{21});
}
