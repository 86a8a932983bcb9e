// SPDX-License-Identifier: ISC
//
// ctl/main.cpp - posternctl: asks a running posternd, and shows what it says.

#include <getopt.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "conf/loader.h"
#include "config.h"
#include "control/request.h"
#include "ctl/client.h"

namespace {

using postern::cat;
using postern::Error;
using postern::Result;

constexpr const char* usage =
    "usage: posternctl [-c file | -s socket] [--json] command\n"
    "\n"
    "commands:\n"
    "  status                 how the server is\n"
    "  sessions               who is connected\n"
    "  top [seconds]          both, again and again\n"
    "  trace address [time]   log the whole dialogue of that client, for so many seconds\n"
    "  reload                 read the configuration again, as SIGHUP does\n"
    "  drain                  stop when the sessions are done, as SIGTERM does\n"
    "  spool list             the messages in the spool\n"
    "  spool show id          one of them\n"
    "  spool release id       give one that a program has taken back to all\n"
    "  spool remove id        remove one for good\n"
    "  appletalk lookup [name]  what is on the AppleTalk network (postern-adsp -l)\n";

struct Arguments {
  std::string socket = "/run/postern/control";  // the default of control.path
  std::optional<std::string> config_path;
  std::vector<std::string> words;
  bool wants_help = false;
  bool wants_version = false;
};

// The path of the socket that the configuration has.
Result<std::string> socket_of(const std::string& config_path) {
  const auto config = postern::conf::load_file(config_path);
  if (!config) return postern::fail(postern::Errc::syntax, config.error().front().message());
  if (config->control.path.empty()) {
    return postern::fail(postern::Errc::permanent, cat(config_path, " has no control.path"));
  }
  return config->control.path;
}

Result<Arguments> parse(int argc, char** argv) {
  constexpr int json = 256;
  const option options[] = {{"json", no_argument, nullptr, json},
                            {"help", no_argument, nullptr, 'h'},
                            {"version", no_argument, nullptr, 'V'},
                            {nullptr, 0, nullptr, 0}};
  Arguments arguments;
  bool wants_json = false;
  for (int c = 0; (c = ::getopt_long(argc, argv, "c:s:hV", options, nullptr)) != -1;) {
    switch (c) {
      case 'c': {
        auto socket = socket_of(optarg);
        if (!socket) return tl::unexpected(socket.error());
        arguments.socket = std::move(*socket);
        arguments.config_path = optarg;
        break;
      }
      case 's': arguments.socket = optarg; break;
      case 'h': arguments.wants_help = true; break;
      case 'V': arguments.wants_version = true; break;
      case json: wants_json = true; break;
      default: return postern::fail(postern::Errc::syntax, "");  // getopt has said why
    }
  }
  for (int i = optind; i < argc; ++i) arguments.words.emplace_back(argv[i]);
  if (wants_json) arguments.words.emplace_back("--json");
  return arguments;
}

int complain(std::string_view what, int exit_code) {
  std::fprintf(stderr, "posternctl: %.*s\n", static_cast<int>(what.size()), what.data());
  return exit_code;
}

// What the server would refuse is refused here, whether one runs or not.
Result<std::string> line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += cat(line.empty() ? "" : " ", word);
  if (line.find('\n') != std::string::npos || line.size() >= postern::control::max_request) {
    return postern::fail(postern::Errc::syntax,
                         "a command is one line, and no longer than 511 octets");
  }
  if (const auto request = postern::control::parse_request(line); !request) {
    return tl::unexpected(request.error());
  }
  return line;
}

int ask(const std::string& socket, const std::string& line) {
  const auto reply = postern::ctl::ask(socket, line);
  if (!reply) return complain(reply.error().message(), EX_UNAVAILABLE);
  if (!reply->is_ok) return complain(reply->text, EXIT_FAILURE);
  std::fwrite(reply->text.data(), 1, reply->text.size(), stdout);
  return std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int show_again_and_again(const std::string& socket, std::vector<std::string> words) {
  const std::string json = std::erase(words, "--json") > 0 ? " --json" : "";
  std::optional<unsigned> seconds = 2;
  if (words.size() > 1) seconds = postern::parse_decimal<unsigned>(words[1]);
  if (!seconds || *seconds == 0 || words.size() > 2) {
    return complain("top takes a number of seconds, at least 1", EX_USAGE);
  }
  const char* clear = ::isatty(STDOUT_FILENO) == 1 ? "\033[H\033[2J" : "";
  for (;;) {
    std::printf("%s", clear);
    if (const int code = ask(socket, "status" + json); code != EXIT_SUCCESS) return code;
    if (json.empty()) std::printf("\n");
    if (const int code = ask(socket, "sessions" + json); code != EXIT_SUCCESS) return code;
    std::this_thread::sleep_for(std::chrono::seconds{*seconds});
  }
}

// Becomes postern-adsp, which is where we are: only it knows AppleTalk.
int look_up(const Arguments& arguments) {
  if (arguments.words.size() < 2 || arguments.words.size() > 3 || arguments.words[1] != "lookup") {
    return complain("appletalk has one command: appletalk lookup [object:type@zone]", EX_USAGE);
  }
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = self.parent_path() / "postern-adsp";
  std::vector<std::string> words{program};
  if (arguments.config_path) words.insert(words.end(), {"-c", *arguments.config_path});
  words.emplace_back("-l");
  if (arguments.words.size() == 3) words.push_back(arguments.words[2]);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return complain(cat("cannot run ", program, ": ", std::strerror(errno)), EX_UNAVAILABLE);
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    if (arguments.error().what.empty()) {
      std::fputs(usage, stderr);
      return EX_USAGE;
    }
    return complain(arguments.error().message(), EX_CONFIG);
  }
  if (arguments->wants_version) {
    std::printf("posternctl %s\n", POSTERN_VERSION);
    return EXIT_SUCCESS;
  }
  if (arguments->wants_help || arguments->words.empty()) {
    std::fputs(usage, arguments->wants_help ? stdout : stderr);
    return arguments->wants_help ? EXIT_SUCCESS : EX_USAGE;
  }
  if (arguments->words.front() == "appletalk") return look_up(*arguments);
  if (arguments->words.front() == "top") {
    return show_again_and_again(arguments->socket, arguments->words);
  }
  const auto line = line_of(arguments->words);
  return line ? ask(arguments->socket, *line) : complain(line.error().message(), EX_USAGE);
}
