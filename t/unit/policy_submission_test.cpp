// SPDX-License-Identifier: ISC
//
// t/unit/policy_submission_test.cpp - who may send mail to whom.

#include "policy/submission.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::conf;
using postern::IpAddress;
using postern::PeerAddress;
using postern::mail::Mailbox;
using postern::policy::Client;
using postern::policy::Submission;

namespace {

const Mailbox bob_here{"bob", "example.org"};
const Mailbox carol_elsewhere{"carol", "example.com"};
const Mailbox postmaster{"postmaster", ""};

PeerAddress tcp(const char* ip) {
  return PeerAddress::tcp(*IpAddress::parse(ip), 40000);
}

}  // namespace

TEST_GROUP(PolicySubmission) {
  Config config;
  Listener listener;
  PeerAddress stranger = tcp("192.0.2.1");
  PeerAddress trusted = tcp("10.0.0.7");
  PeerAddress blocked = tcp("203.0.113.9");
  PeerAddress local = PeerAddress::local_user(1000);

  void setup() override {
    config.domains = {"example.net", "example.org"};
    CHECK(config.clients.add("10.0.0.0/8").has_value());
    CHECK(config.blocked.add("203.0.113.0/24").has_value());
  }

  std::string mail(const PeerAddress& peer, bool is_authenticated,
                   std::optional<int> priority = std::nullopt) {
    const Client client{peer, is_authenticated};
    return Submission(config, listener).on_mail(client, priority).line().substr(0, 9);
  }
  std::string rcpt(const PeerAddress& peer, bool is_authenticated, const Mailbox& recipient) {
    const Client client{peer, is_authenticated};
    return Submission(config, listener).on_rcpt(client, recipient).line().substr(0, 9);
  }

  // May write to anybody.
  void check_may_relay(const PeerAddress& peer, bool is_authenticated) {
    STRCMP_EQUAL("250 2.1.0", mail(peer, is_authenticated).c_str());
    for (const Mailbox& recipient : {bob_here, carol_elsewhere, postmaster}) {
      STRCMP_EQUAL("250 2.1.5", rcpt(peer, is_authenticated, recipient).c_str());
    }
  }
  // May write to nobody.
  void check_is_turned_away(const PeerAddress& peer) {
    STRCMP_EQUAL("530 5.7.0", mail(peer, false).c_str());
    for (const Mailbox& recipient : {bob_here, carol_elsewhere, postmaster}) {
      STRCMP_EQUAL("550 5.7.1", rcpt(peer, false, recipient).c_str());
    }
  }
  // May write to our domains, and to nobody else.
  void check_may_write_here(const PeerAddress& peer) {
    STRCMP_EQUAL("250 2.1.0", mail(peer, false).c_str());
    STRCMP_EQUAL("250 2.1.5", rcpt(peer, false, bob_here).c_str());
    STRCMP_EQUAL("250 2.1.5", rcpt(peer, false, {"x", "example.net"}).c_str());
    STRCMP_EQUAL("250 2.1.5", rcpt(peer, false, postmaster).c_str());
    STRCMP_EQUAL("550 5.7.1", rcpt(peer, false, carol_elsewhere).c_str());
    STRCMP_EQUAL("550 5.7.1", rcpt(peer, false, {"bob", "sub.example.org"}).c_str());
    STRCMP_EQUAL("550 5.7.1", rcpt(peer, false, {"bob", "xexample.org"}).c_str());
    STRCMP_EQUAL("550 5.7.1", rcpt(peer, false, {"bob", "[192.0.2.1]"}).c_str());
  }
};

// RFC 6409 3.1, 4.3.
TEST(PolicySubmission, ByDefaultOnlyWhoHasLoggedInIsServed) {
  for (const PeerAddress& peer : {stranger, trusted, local}) {
    check_is_turned_away(peer);
    check_may_relay(peer, true);
  }
}

TEST(PolicySubmission, ClientsAreTrustedWhereTheListenerSaysSo) {
  listener.auth = ListenerAuth::clients;
  check_may_relay(trusted, false);
  check_is_turned_away(stranger);
  check_is_turned_away(local);
  check_may_relay(stranger, true);
}

TEST(PolicySubmission, LocalUsersAreTrustedWhereTheListenerSaysSo) {
  listener.auth = ListenerAuth::peer;
  check_may_relay(local, false);
  check_may_relay(PeerAddress::local_user(0), false);
  check_is_turned_away(trusted);
  check_is_turned_away(tcp("127.0.0.1"));
}

TEST(PolicySubmission, SaysWhoIsOneOfOurOwn) {
  listener.role = ListenerRole::both;
  listener.auth = ListenerAuth::clients;
  const Submission policy(config, listener);
  CHECK(policy.is_trusted({trusted, false}));
  CHECK(policy.is_trusted({stranger, true}));
  CHECK(!policy.is_trusted({stranger, false}));
  CHECK(!policy.is_trusted({local, false}));
}

TEST(PolicySubmission, AnMxServesStrangersForOurDomainsOnly) {
  for (const ListenerRole role : {ListenerRole::mx, ListenerRole::both}) {
    listener.role = role;
    check_may_write_here(stranger);
    check_may_write_here(trusted);
    check_may_write_here(local);
    check_may_relay(stranger, true);
  }
}

TEST(PolicySubmission, TrustedClientsOfAnMxMayRelay) {
  listener.role = ListenerRole::both;
  listener.auth = ListenerAuth::clients;
  check_may_relay(trusted, false);
  check_may_write_here(stranger);
}

// RFC 6409 4.3: a listener may want a login of whom it would serve without one.
TEST(PolicySubmission, WhoHasToLogInMustDoSoBeforeMail) {
  listener.role = ListenerRole::both;
  listener.auth = ListenerAuth::clients;
  const auto has_to = [this](RequireAuth whom, const PeerAddress& peer) {
    listener.require_auth = whom;
    STRCMP_EQUAL("250 2.1.0", mail(peer, true).c_str());
    return mail(peer, false) == "530 5.7.0";
  };
  CHECK(!has_to(RequireAuth::nobody, stranger));
  CHECK(!has_to(RequireAuth::nobody, trusted));
  CHECK(has_to(RequireAuth::non_clients, stranger));
  CHECK(has_to(RequireAuth::non_clients, local));
  CHECK(!has_to(RequireAuth::non_clients, trusted));
  CHECK(!has_to(RequireAuth::clients, stranger));
  CHECK(has_to(RequireAuth::clients, trusted));
  CHECK(has_to(RequireAuth::everybody, stranger));
  CHECK(has_to(RequireAuth::everybody, trusted));
}

TEST(PolicySubmission, NobodyHavingToLogInOpensNothing) {
  listener.require_auth = RequireAuth::nobody;
  check_is_turned_away(stranger);
  listener.require_auth = RequireAuth::non_clients;
  check_is_turned_away(trusted);
}

TEST(PolicySubmission, WithoutDomainsAnMxTakesPostmasterOnly) {
  listener.role = ListenerRole::mx;
  config.domains.clear();
  STRCMP_EQUAL("550 5.7.1", rcpt(stranger, false, bob_here).c_str());
  STRCMP_EQUAL("250 2.1.5", rcpt(stranger, false, postmaster).c_str());
}

TEST(PolicySubmission, WhoIsBlockedMaySendNothing) {
  for (const ListenerRole role : {ListenerRole::submission, ListenerRole::mx, ListenerRole::both}) {
    listener.role = role;
    STRCMP_EQUAL("550 5.7.1", mail(blocked, false).c_str());
    STRCMP_EQUAL("550 5.7.1", mail(blocked, true).c_str());
  }
}

TEST(PolicySubmission, BlockedGoesBeforeTrusted) {
  listener.auth = ListenerAuth::clients;
  CHECK(config.clients.add("203.0.113.9").has_value());
  STRCMP_EQUAL("550 5.7.1", mail(blocked, false).c_str());
}

TEST(PolicySubmission, BlockingEverybodyDoesNotBlockLocalUsers) {
  CHECK(config.blocked.add("0.0.0.0/0").has_value());
  CHECK(config.blocked.add("::/0").has_value());
  listener.auth = ListenerAuth::peer;
  check_may_relay(local, false);
  STRCMP_EQUAL("550 5.7.1", mail(stranger, true).c_str());
}

// RFC 6710 5.
TEST(PolicySubmission, OnlyWhoIsTrustedGetsAHighPriority) {
  listener.role = ListenerRole::both;
  STRCMP_EQUAL("250 2.1.0", mail(stranger, true, 5).c_str());
  STRCMP_EQUAL("250 2.3.6", mail(stranger, false, 5).c_str());
  STRCMP_EQUAL("250 2.1.0", mail(stranger, false, -5).c_str());
  STRCMP_EQUAL("250 2.1.0", mail(stranger, false, 0).c_str());
  const Submission submission(config, listener);
  CHECK(submission.priority({stranger, true}, 5) == 5);
  CHECK(submission.priority({stranger, false}, 5) == 0);
  CHECK(submission.priority({stranger, false}, -5) == -5);
  CHECK(!submission.priority({stranger, false}, std::nullopt).has_value());
}

TEST(PolicySubmission, AppleTalkIsTrustedWhereTheListenerSaysSoAndNowhereElse) {
  const PeerAddress mac = PeerAddress::appletalk(0, 12, 128);
  CHECK(config.clients.add("0.0.0.0/0").has_value());
  CHECK(config.clients.add("::/0").has_value());
  for (const ListenerAuth auth :
       {ListenerAuth::required, ListenerAuth::clients, ListenerAuth::peer}) {
    listener.auth = auth;
    STRCMP_EQUAL("530 5.7.0", mail(mac, false).c_str());
  }
  listener.auth = ListenerAuth::appletalk;
  check_may_relay(mac, false);
  for (const PeerAddress& other : {local, trusted, PeerAddress{}}) {
    STRCMP_EQUAL("530 5.7.0", mail(other, false).c_str());
  }
}
