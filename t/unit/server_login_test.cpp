// SPDX-License-Identifier: ISC
//
// t/unit/server_login_test.cpp - the AUTH part of a session.

#include "server/login.h"

#include <optional>
#include <string>

#include <CppUTest/TestHarness.h>

using postern::mail::Reply;
using postern::server::AuthClient;
using postern::server::Login;
using postern::smtp::AuthRequested;
using postern::smtp::AuthResponded;
using Verdict = postern::server::AuthClient::Verdict;

namespace {

const std::string plain_response("\0alice\0sesame", 13);

std::string line_of(const std::optional<Reply>& reply) {
  return reply ? reply->line() : "to be verified";
}

}  // namespace

TEST_GROUP(ServerLogin) {
  Login login;

  std::string request(const char* mechanism, std::optional<std::string> response = std::nullopt) {
    return line_of(login.on_request(AuthRequested{mechanism, std::move(response)}));
  }
  std::string respond(const char* response) {
    return line_of(login.on_response(AuthResponded{response}));
  }
};

TEST(ServerLogin, PlainComesInOneStep) {
  STRCMP_EQUAL("to be verified", request("PLAIN", plain_response).c_str());
  STRCMP_EQUAL("alice", login.credentials().name.c_str());
  STRCMP_EQUAL("sesame", login.credentials().password.c_str());
  STRCMP_EQUAL("PLAIN", login.mechanism().c_str());
}

TEST(ServerLogin, PlainMayWaitForTheChallenge) {
  STRCMP_EQUAL("334 ", request("PLAIN").c_str());
  STRCMP_EQUAL("to be verified", line_of(login.on_response({plain_response})).c_str());
}

TEST(ServerLogin, LoginAsksForNameAndPassword) {
  STRCMP_EQUAL("334 VXNlcm5hbWU6", request("LOGIN").c_str());
  STRCMP_EQUAL("334 UGFzc3dvcmQ6", respond("alice").c_str());
  STRCMP_EQUAL("to be verified", respond("sesame").c_str());
  STRCMP_EQUAL("alice", login.credentials().name.c_str());
  STRCMP_EQUAL("sesame", login.credentials().password.c_str());
}

TEST(ServerLogin, WhatBreaksTheMechanismIsMalformed) {
  STRCMP_EQUAL("501 5.5.2 Malformed authentication exchange", request("PLAIN", "alice").c_str());
  STRCMP_EQUAL("501 5.5.2 Malformed authentication exchange", request("PLAIN", "").c_str());
}

TEST(ServerLogin, AfterAMalformedExchangeAnotherMayBegin) {
  request("PLAIN", "alice");
  STRCMP_EQUAL("to be verified", request("PLAIN", plain_response).c_str());
}

TEST(ServerLogin, AfterACancelledExchangeAnotherMayBegin) {
  request("LOGIN");
  STRCMP_EQUAL("to be verified", request("PLAIN", plain_response).c_str());
  STRCMP_EQUAL("PLAIN", login.mechanism().c_str());
}

TEST(ServerLogin, ARightPasswordMakesTheName) {
  request("PLAIN", plain_response);
  STRCMP_EQUAL("", login.name().c_str());
  STRCMP_EQUAL("235 2.7.0 Authenticated", login.conclude(Verdict::valid).line().c_str());
  STRCMP_EQUAL("alice", login.name().c_str());
}

TEST(ServerLogin, AWrongOneDoesNot) {
  request("PLAIN", plain_response);
  STRCMP_EQUAL("535 5.7.8 User name or password is wrong",
               login.conclude(Verdict::invalid).line().c_str());
  STRCMP_EQUAL("", login.name().c_str());
}

TEST(ServerLogin, WithoutAVerdictTheClientTriesAgainLater) {
  request("PLAIN", plain_response);
  LONGS_EQUAL(454, login.conclude(Verdict::unavailable).code);
  STRCMP_EQUAL("", login.name().c_str());
}

TEST(ServerLogin, ThePasswordIsWipedWhateverTheVerdict) {
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid, Verdict::unavailable}) {
    request("PLAIN", plain_response);
    login.conclude(verdict);
    STRCMP_EQUAL("", login.credentials().password.c_str());
  }
}

TEST(ServerLogin, ForgetsEverythingForTls) {
  request("PLAIN", plain_response);
  login.conclude(Verdict::valid);
  login.forget();
  STRCMP_EQUAL("", login.name().c_str());
  STRCMP_EQUAL("", login.credentials().name.c_str());
  STRCMP_EQUAL("", login.mechanism().c_str());
}
