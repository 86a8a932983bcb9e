// SPDX-License-Identifier: ISC
//
// t/bench/load_plan.cpp - what the load generator is asked to do.

#include "load_plan.h"

#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace postern::bench {

namespace {

constexpr const char* usage = R"(usage: load --port PORT [OPTION...]

Sends mail to an SMTP server on 127.0.0.1 and prints how that went, in JSON.

  --sessions N       at once (1)
  --messages N       in each session (1); 0: sessions without a message, which measures handshakes
  --size OCTETS      of a message (4096)
  --seconds S        that are measured (5), after --warm-up S (1)
  --most N           ends early after so many messages
  --no-pipelining    waits for each reply, whatever the server offers
  --tls              uses STARTTLS
  --auth BASE64      AUTH PLAIN with that
  --idle             opens the sessions, prints how many there are, and keeps them until the end
                     of standard input
  --patience S       gives up sessions that make no progress for so long (5)
  --run NAME         begins the names of the messages
  --record FILE      gets the name of each message that was answered 250, at once
  --cpu-of PID       measures what that process and its descendants use
)";

[[noreturn]] void fail() {
  std::fputs(usage, stderr);
  std::exit(2);
}

double number(const char* text) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0) || value > 1e9) fail();
  return value;
}

}  // namespace

LoadPlan parse_arguments(int argc, char** argv) {
  const std::array options{
      option{"port", required_argument, nullptr, 'p'},
      option{"sessions", required_argument, nullptr, 's'},
      option{"messages", required_argument, nullptr, 'm'},
      option{"size", required_argument, nullptr, 'z'},
      option{"seconds", required_argument, nullptr, 't'},
      option{"warm-up", required_argument, nullptr, 'w'},
      option{"most", required_argument, nullptr, 'x'},
      option{"no-pipelining", no_argument, nullptr, 'n'},
      option{"tls", no_argument, nullptr, 'e'},
      option{"auth", required_argument, nullptr, 'a'},
      option{"idle", no_argument, nullptr, 'i'},
      option{"patience", required_argument, nullptr, 'y'},
      option{"run", required_argument, nullptr, 'u'},
      option{"record", required_argument, nullptr, 'r'},
      option{"cpu-of", required_argument, nullptr, 'c'},
      option{nullptr, 0, nullptr, 0},
  };
  LoadPlan plan;
  int found = 0;
  while ((found = getopt_long(argc, argv, "", options.data(), nullptr)) != -1) {
    switch (found) {
      case 'p': plan.port = static_cast<std::uint16_t>(number(optarg)); break;
      case 's': plan.sessions = static_cast<unsigned>(number(optarg)); break;
      case 'm': plan.messages = static_cast<unsigned>(number(optarg)); break;
      case 'z': plan.size = static_cast<unsigned>(number(optarg)); break;
      case 't': plan.seconds = number(optarg); break;
      case 'w': plan.warm_up = number(optarg); break;
      case 'x': plan.most = static_cast<std::uint64_t>(number(optarg)); break;
      case 'n': plan.wants_pipelining = false; break;
      case 'e': plan.wants_tls = true; break;
      case 'a': plan.login = optarg; break;
      case 'i': plan.is_idle = true; break;
      case 'y': plan.patience = number(optarg); break;
      case 'u': plan.run = optarg; break;
      case 'r': plan.record = optarg; break;
      case 'c': plan.tree = static_cast<pid_t>(number(optarg)); break;
      default: fail();
    }
  }
  if (plan.port == 0 || plan.sessions == 0 || optind != argc) fail();
  return plan;
}

}  // namespace postern::bench
