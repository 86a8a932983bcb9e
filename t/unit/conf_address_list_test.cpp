// SPDX-License-Identifier: ISC
//
// t/unit/conf_address_list_test.cpp - files of addresses.

#include "conf/address_list.h"

#include <string>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;
using postern::test::faults_of;
using postern::test::local_listener;
using postern::test::TemporaryDirectory;

TEST_GROUP(ConfAddressList) {
  TemporaryDirectory directory;

  Loaded load(std::string_view settings) {
    return load_file(directory.write("postern.conf", cat(settings, "\n", local_listener)));
  }
  bool has(const AddressSet& set, std::string_view address) {
    return set.contains(*IpAddress::parse(address));
  }
};

TEST(ConfAddressList, FilesAndAddressesMakeOneSet) {
  directory.write("lan", "; the office\n192.0.2.0/28 # all of it\n\n 2001:db8::1 \r\n");
  const auto config = load("clients = [ \"198.51.100.1\", \"@lan\" ];");
  STRCMP_EQUAL("", faults_of(config).c_str());
  CHECK(has(config->clients, "198.51.100.1"));
  CHECK(has(config->clients, "192.0.2.15"));
  CHECK(!has(config->clients, "192.0.2.16"));
  CHECK(has(config->clients, "2001:db8::1"));
  LONGS_EQUAL(3, config->clients.size());
}

TEST(ConfAddressList, RelativeNamesAreBesideTheMainFile) {
  directory.write("lists/lan", "192.0.2.1\n");
  const auto config = load("blocked = [ \"@lists/lan\" ];");
  STRCMP_EQUAL("", faults_of(config).c_str());
  CHECK(has(config->blocked, "192.0.2.1"));
  STRCMP_EQUAL(cat("@", directory.path("lists/lan")).c_str(), config->blocked_items[0].c_str());
}

TEST(ConfAddressList, AnEmptyFileIsNobody) {
  directory.write("nobody", "# nobody yet\n");
  const auto config = load("clients = [ \"@nobody\" ];");
  STRCMP_EQUAL("", faults_of(config).c_str());
  CHECK(config->clients.empty());
}

TEST(ConfAddressList, FaultsHaveTheLineOfTheirFile) {
  const std::string path = directory.write("lan", "192.0.2.1\n192.0.2.2/24\nlocalhost\n");
  STRCMP_EQUAL(cat(path, ":2: \"192.0.2.2/24\" has bits behind its prefix; write 192.0.2.0/24\n",
                   path, ":3: \"localhost\" is not an address\n")
                   .c_str(),
               faults_of(load("clients = [ \"@lan\" ];")).c_str());
}

TEST(ConfAddressList, AFileOfAnotherKindGivesFewFaults) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "not an address\n";
  const std::string path = directory.write("poem", text);
  const auto config = load("clients = [ \"@poem\" ];");
  LONGS_EQUAL(11, config.error().size());
  STRCMP_EQUAL(cat(path, ": 990 more lines are no addresses").c_str(),
               config.error().back().message().c_str());
}

TEST(ConfAddressList, WhatIsNoFileIsAFaultOfTheSetting) {
  const std::string faults =
      faults_of(load(cat("blocked = [ \"192.0.2.1\",\n\"@", directory.path(""), "\" ];")));
  STRCMP_CONTAINS("postern.conf:1: blocked: ", faults.c_str());
  STRCMP_CONTAINS("is a directory\n", faults.c_str());
}

TEST(ConfAddressList, ABadListIsNotHeldAgainstAListenerToo) {
  directory.write("lan", "localhost\n");
  const auto config = load_file(directory.write(
      "postern.conf",
      "clients = [ \"@lan\" ];\n"
      "listeners = ( { name = \"a\"; address = \"*\"; port = 25; auth = \"clients\"; } );"));
  LONGS_EQUAL(1, config.error().size());
}
