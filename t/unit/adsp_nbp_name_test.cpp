// SPDX-License-Identifier: ISC
//
// t/unit/adsp_nbp_name_test.cpp - the name of a service.

#include "adsp/nbp_name.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::adsp;

TEST_GROUP(AdspNbpName){bool object_matches(const std::string& pattern, const std::string& object){
    return matches({pattern, "t"}, {object, "T"});
}
}
;

TEST(AdspNbpName, IsReadAndWritten) {
  const auto name = parse_nbp_name("Büro:SMTPServer@Erdgeschoß");
  CHECK(name.has_value());
  CHECK(name->object == "B\x9fro");
  CHECK(name->type == "SMTPServer");
  CHECK(name->zone == "Erdgescho\xa7");
  STRCMP_EQUAL("Büro:SMTPServer@Erdgeschoß", name->to_string().c_str());
}

TEST(AdspNbpName, IsInTheZoneOfWhoAsksIfItSaysNothingElse) {
  CHECK(parse_nbp_name("=:=")->zone == "*");
  CHECK(parse_nbp_name("=:=@*")->zone == "*");
}

TEST(AdspNbpName, HasPartsOfOneTo32Characters) {
  const std::string most(32, 'x');
  CHECK(parse_nbp_name(most + ":" + most + "@" + most).has_value());
  for (const std::string& text :
       {most + "x:t", "o:" + most + "x", "o:t@" + most + "x", std::string("o"), std::string(":t"),
        std::string("o:"), std::string("o:t@"), std::string(), std::string("@z")}) {
    const auto name = parse_nbp_name(text);
    CHECK(!name && name.error().code == Errc::syntax && !name.error().what.empty());
  }
  CHECK(parse_nbp_name("\xc3\xbc:t").has_value());
  CHECK(!parse_nbp_name("\xd0\x9f:t").has_value());
}

TEST(AdspNbpName, MatchesWhateverTheCase) {
  CHECK(object_matches("postern", "POSTERN"));
  CHECK(object_matches("B\x9fro", "b\x86ro"));
  CHECK(!object_matches("postern", "postern 2"));
  CHECK(!matches({"a", "t"}, {"a", "u"}));
}

TEST(AdspNbpName, MatchesAnyByAnEqualsSignAlone) {
  CHECK(object_matches("=", "anything"));
  CHECK(!object_matches("=x", "anything"));
  CHECK(object_matches("=x", "=X"));
  CHECK(matches({"a", "="}, {"A", "whatever"}));
}

TEST(AdspNbpName, MatchesOctetsByOneApproximatelyEqual) {
  CHECK(object_matches("\xc5", "anything"));
  CHECK(object_matches("pos\xc5", "POSTERN"));
  CHECK(object_matches("pos\xc5", "pos"));
  CHECK(
      object_matches("\xc5"
                     "ern",
                     "Postern"));
  CHECK(object_matches("p\xc5n", "Postern"));
  CHECK(!object_matches("p\xc5n", "Posters"));
  CHECK(!object_matches("pos\xc5sten", "posten"));  // an octet counts for one side only
}

TEST(AdspNbpName, IsPlainWithoutPatterns) {
  CHECK(is_plain({"Postern", "SMTPServer"}));
  CHECK(is_plain({"a=b", "t"}));
  CHECK(!is_plain({"=", "t"}));
  CHECK(!is_plain({"o", "="}));
  CHECK(!is_plain({"o\xc5", "t"}));
  CHECK(!is_plain({"", "t"}));
  CHECK(!is_plain({std::string(33, 'x'), "t"}));
}
