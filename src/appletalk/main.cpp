// SPDX-License-Identifier: ISC
//
// appletalk/main.cpp - postern-adsp: what the command line asks for.

#include <getopt.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/text.h"
#include "conf/loader.h"
#include "conf/open_log.h"
#include "config.h"
#include "gateway/lookup.h"
#include "gateway/run.h"
#include "sandbox/sandbox.h"

namespace {

using namespace postern;

constexpr const char* usage =
    "usage: postern-adsp [-c file] [-d]\n"
    "       postern-adsp [-c file] -l [object:type@zone]\n"
    "       postern-adsp -V\n";

struct Arguments {
  std::string config_path = POSTERN_CONFIG;
  std::optional<std::string> pattern;
  bool debug = false;
  bool wants_version = false;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  bool wants_lookup = false;
  for (int c = 0; (c = ::getopt(argc, argv, "c:dlV")) != -1;) {
    switch (c) {
      case 'c': arguments.config_path = optarg; break;
      case 'd': arguments.debug = true; break;
      case 'l': wants_lookup = true; break;
      case 'V': arguments.wants_version = true; break;
      default: return std::nullopt;
    }
  }
  if (argc - optind > (wants_lookup ? 1 : 0)) return std::nullopt;
  if (wants_lookup) arguments.pattern = optind < argc ? argv[optind] : "=:=@*";
  return arguments;
}

int complain(std::string_view what, int exit_code) {
  std::fprintf(stderr, "postern-adsp: %.*s\n", static_cast<int>(what.size()), what.data());
  return exit_code;
}

int show_names(const conf::Config& config, const std::string& pattern) {
  const auto found = gateway::look_up(config.appletalk, pattern);
  if (!found) return complain(found.error().message(), EX_UNAVAILABLE);
  std::printf("%s", gateway::names_text(*found).c_str());
  return EX_OK;
}

int serve(conf::Config config, bool debug) {
  if (debug) {
    config.log.target = {log::Target::Kind::standard_error, ""};
    config.log.format = conf::LogFormat::keyvalue;
    config.log.level = log::Level::debug;
  }
  const auto opened = conf::open_log(config.log);
  if (!opened) return complain(opened.error().message(), EX_CANTCREAT);
  gateway::Board board;
  return gateway::run_gateway({config, board, UniqueFd{}});
}

}  // namespace

int main(int argc, char** argv) {
  for (const int number : {SIGPIPE, SIGHUP, SIGUSR1, SIGUSR2}) std::signal(number, SIG_IGN);
  ::umask(022);
  sandbox::forbid_core_dumps();
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fputs(usage, stderr);
    return EX_USAGE;
  }
  if (arguments->wants_version) {
    std::printf("postern-adsp %s\n", POSTERN_VERSION);
    return EX_OK;
  }
  auto config = conf::load_file(arguments->config_path);
  if (!config) {
    for (const conf::Fault& fault : config.error()) complain(fault.message(), EX_CONFIG);
    return EX_CONFIG;
  }
  if (config->appletalk.interface.empty()) {
    return complain(cat(arguments->config_path, " has no appletalk.interface"), EX_CONFIG);
  }
  if (arguments->pattern) return show_names(*config, *arguments->pattern);
  return serve(std::move(*config), arguments->debug);
}
