// SPDX-License-Identifier: ISC
//
// daemon/options.cpp - the command line of posternd.

#include "daemon/options.h"

#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "config.h"

namespace postern::daemon {

namespace {

tl::unexpected<Error> usage(const std::string& why) {
  return fail(
      Errc::syntax,
      cat(why, "\nusage: posternd [-c file] [-f] [-x] [-t] [-T] [-R] [-d] [-V]; see posternd(8)"));
}

}  // namespace

Result<Options> parse_options(int argc, char** argv) {
  Options options;
  options.config_path = POSTERN_CONFIG;
  opterr = 0;
  for (int flag = 0; (flag = ::getopt(argc, argv, ":c:fxtTRdV")) != -1;) {
    switch (flag) {
      case 'c': options.config_path = optarg; break;
      case 'f': options.mode = Options::Mode::foreground; break;
      case 'x': options.mode = Options::Mode::single; break;
      case 't': options.mode = Options::Mode::check; break;
      case 'T': options.mode = Options::Mode::show_settings; break;
      case 'R': options.mode = Options::Mode::recover; break;
      case 'V': options.mode = Options::Mode::version; break;
      case 'd': options.debug = true; break;
      case ':': return usage(cat("-", static_cast<char>(optopt), " needs an argument"));
      default: return usage(cat("unknown option -", static_cast<char>(optopt)));
    }
  }
  if (options.config_path.empty()) return usage("-c needs an argument");
  if (optind < argc) return usage(cat("unexpected argument ", argv[optind]));
  // A daemon changes its directory, and reads the file again at a reload.
  options.config_path = std::filesystem::absolute(options.config_path).string();
  // Whoever wants to read the log here wants the daemon here.
  if (options.debug && options.mode == Options::Mode::background) {
    options.mode = Options::Mode::foreground;
  }
  return options;
}

std::vector<std::string> command_line(const Options& options) {
  std::vector<std::string> arguments{"posternd", "-f", "-c", options.config_path};
  if (options.debug) arguments.emplace_back("-d");
  return arguments;
}

}  // namespace postern::daemon
