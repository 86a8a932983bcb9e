// SPDX-License-Identifier: ISC
//
// t/unit/conf_files_test.cpp - the files in t/conf, and the one that is installed.
//
// A file in bad/ names all its faults, in order: "# expect: LINE: part of the text", with the
// name of the included file in front if the fault is there, and line 0 for the whole.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "conf/loader.h"
#include "conf_fixture.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;
using postern::test::faults_of;

namespace {

std::vector<std::string> files_in(const char* directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".conf") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Expectation {
  std::string place;  // "t/conf/bad/x.conf:5", without ":0"
  std::string text;
};

std::vector<Expectation> expectations(const std::string& path) {
  constexpr std::string_view mark = "# expect: ";
  const std::string directory = std::filesystem::path(path).parent_path();
  std::vector<Expectation> all;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(mark)) continue;
    const std::string rest = line.substr(mark.size());
    const std::size_t colon = rest.find(": ");
    const std::string place = rest.substr(0, colon);
    const bool in_this_file = place.find(':') == std::string::npos;
    all.push_back({place == "0"   ? path
                   : in_this_file ? cat(path, ":", place)
                                  : cat(directory, "/", place),
                   rest.substr(colon + 2)});
  }
  return all;
}

void has_faults(const std::vector<Expectation>& expected, const Loaded& loaded,
                const std::string& path) {
  CHECK_FALSE_TEXT(loaded.has_value(), path.c_str());
  const std::vector<Fault>& faults = loaded.error();
  const std::string all = cat(path, "\n", faults_of(loaded));
  LONGS_EQUAL_TEXT(expected.size(), faults.size(), all.c_str());
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const std::string message = faults[i].message();
    CHECK_TEXT(message.starts_with(expected[i].place + ": "), all.c_str());
    CHECK_TEXT(faults[i].text.find(expected[i].text) != std::string::npos, all.c_str());
  }
}

}  // namespace

TEST_GROUP(ConfFiles){};

TEST(ConfFiles, GoodOnesLoad) {
  const auto files = files_in("t/conf/good");
  CHECK(files.size() >= 10);
  for (const std::string& path : files) STRCMP_EQUAL("", faults_of(load_file(path)).c_str());
}

TEST(ConfFiles, BadOnesHaveExactlyTheirFaults) {
  const auto files = files_in("t/conf/bad");
  CHECK(files.size() >= 40);
  for (const std::string& path : files) {
    const auto expected = expectations(path);
    CHECK_TEXT(!expected.empty(), path.c_str());
    has_faults(expected, load_file(path), path);
  }
}

TEST(ConfFiles, EffectiveSettingsOfGoodOnesLoadToThemselves) {
  for (const std::string& path : files_in("t/conf/good")) {
    const auto config = load_file(path);
    CHECK_TEXT(config.has_value(), path.c_str());
    const std::string text = effective_settings(*config);
    const auto again = load_text(text);
    STRCMP_EQUAL_TEXT("", faults_of(again).c_str(), path.c_str());
    STRCMP_EQUAL_TEXT(text.c_str(), effective_settings(*again).c_str(), path.c_str());
  }
}

TEST(ConfFiles, TheInstalledOneLoads) {
  const auto config = load_file("etc/postern.conf");
  STRCMP_EQUAL("", faults_of(config).c_str());
  LONGS_EQUAL(2, config->listeners.size());
  CHECK(config->listeners[0].tls == ListenerTls::starttls);
  LONGS_EQUAL(587, config->listeners[0].port);
  CHECK(config->listeners[1].tls == ListenerTls::implicit);
  LONGS_EQUAL(465, config->listeners[1].port);
}
