// SPDX-License-Identifier: ISC
//
// t/unit/daemon_options_test.cpp - the command line of posternd.

#include "daemon/options.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config.h"

#include <CppUTest/TestHarness.h>

using namespace postern::daemon;
using postern::cat;
using postern::Result;

namespace {

using Mode = Options::Mode;

Result<Options> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "posternd");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::optind = 0;  // getopt keeps its place between calls
  return parse_options(static_cast<int>(arguments.size()), argv.data());
}

Options good(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  CHECK_TEXT(options.has_value(), options ? "" : options.error().message().c_str());
  return *options;
}

void check_fault(const std::string& why, const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  CHECK_TEXT(!options, why.c_str());
  STRCMP_EQUAL(
      cat(why, "\nusage: posternd [-c file] [-f] [-x] [-t] [-T] [-R] [-d] [-V]; see posternd(8)")
          .c_str(),
      options.error().message().c_str());
}

}  // namespace

TEST_GROUP(ServerOptions){};

TEST(ServerOptions, WithoutFlagsItGoesToTheBackground) {
  const Options options = good({});
  CHECK(options.mode == Mode::background);
  STRCMP_EQUAL(POSTERN_CONFIG, options.config_path.c_str());
  CHECK(!options.debug);
}

TEST(ServerOptions, EachFlagHasItsMode) {
  const std::pair<const char*, Mode> modes[] = {
      {"-f", Mode::foreground},    {"-x", Mode::single},  {"-t", Mode::check},
      {"-T", Mode::show_settings}, {"-V", Mode::version}, {"-R", Mode::recover},
  };
  for (const auto& [flag, mode] : modes) CHECK_TEXT(good({flag}).mode == mode, flag);
}

TEST(ServerOptions, TheConfigurationIsFoundAgainFromAnywhere) {
  STRCMP_EQUAL("/etc/other.conf", good({"-c", "/etc/other.conf"}).config_path.c_str());
  STRCMP_EQUAL("/etc/other.conf", good({"-c/etc/other.conf"}).config_path.c_str());
  const std::string here = std::filesystem::current_path().string();
  STRCMP_EQUAL(cat(here, "/my.conf").c_str(), good({"-c", "my.conf"}).config_path.c_str());
}

TEST(ServerOptions, DebuggingStaysInTheForeground) {
  CHECK(good({"-d"}).debug);
  CHECK(good({"-d"}).mode == Mode::foreground);
  CHECK(good({"-xd"}).mode == Mode::single);
  CHECK(good({"-d", "-t"}).mode == Mode::check);
}

TEST(ServerOptions, SaysWhatIsWrong) {
  check_fault("unknown option -z", {"-z"});
  check_fault("unknown option -h", {"-fh"});
  check_fault("-c needs an argument", {"-f", "-c"});
  check_fault("-c needs an argument", {"-c", ""});
  check_fault("unexpected argument start", {"start"});
  check_fault("unexpected argument -f", {"--", "-f"});
}

TEST(ServerOptions, TheCommandLineOfARunningServerMeansTheSame) {
  for (const bool debug : {false, true}) {
    Options options;
    options.mode = Mode::foreground;
    options.config_path = "/etc/my postern.conf";
    options.debug = debug;
    std::vector<std::string> arguments = command_line(options);
    STRCMP_EQUAL("posternd", arguments.front().c_str());
    arguments.erase(arguments.begin());
    const Options again = good(arguments);
    CHECK(again.mode == Mode::foreground);
    STRCMP_EQUAL("/etc/my postern.conf", again.config_path.c_str());
    CHECK(again.debug == debug);
  }
}
