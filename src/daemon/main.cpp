// SPDX-License-Identifier: ISC
//
// daemon/main.cpp - posternd: what the command line asks for.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "conf/loader.h"
#include "conf/open_log.h"
#include "config.h"
#include "daemon/activation.h"
#include "daemon/background.h"
#include "daemon/generation.h"
#include "daemon/inheritance.h"
#include "daemon/notify_socket.h"
#include "daemon/options.h"
#include "daemon/outlook.h"
#include "daemon/pid_file.h"
#include "daemon/recovery_process.h"
#include "daemon/supervisor.h"
#include "daemon/worker_process.h"
#include "net/interface_news.h"
#include "net/openssl_memory.h"
#include "policy/link_warnings.h"
#include "sandbox/sandbox.h"

namespace {

using namespace postern;
using namespace postern::daemon;

int complain(const std::vector<std::string>& faults, int exit_code) {
  for (const std::string& fault : faults) std::fprintf(stderr, "posternd: %s\n", fault.c_str());
  return exit_code;
}

int complain(const Error& error, int exit_code) {
  return complain({error.message()}, exit_code);
}

int complain(const std::vector<conf::Fault>& faults) {
  std::vector<std::string> lines;
  for (const conf::Fault& fault : faults) lines.push_back(fault.message());
  return complain(lines, EX_CONFIG);
}

// If the kernel does not say, there are none; the supervisor asks again, and complains.
Interfaces interfaces_now() {
  return net::read_interfaces().value_or(Interfaces{});
}

int check(const Options& options) {
  const auto checked = check_configuration(options);
  if (!checked) return complain(checked.error(), EX_CONFIG);
  for (const std::string& warning : policy::link_warnings(checked->config, interfaces_now())) {
    std::fprintf(stderr, "posternd: warning: %s\n", warning.c_str());
  }
  std::printf("posternd: %s is fine\n", options.config_path.c_str());
  return EX_OK;
}

int show_settings(const Options& options) {
  const auto config = conf::load_file(options.config_path);
  if (!config) return complain(config.error());
  std::printf("%s", conf::effective_settings(*config).c_str());
  // As comments, so that what is printed can be read as a configuration.
  Outlook outlook;
  outlook.look(*config, interfaces_now(), {});
  const auto& readiness = outlook.readiness();
  for (std::size_t i = 0; i < readiness.size(); ++i) {
    std::printf("# listener %s is %s now: %s\n", config->listeners[i].name.c_str(),
                readiness[i].is_ready ? "ready" : "not ready", readiness[i].why.c_str());
  }
  return EX_OK;
}

// Each channel may need two descriptors, and the usual soft limit is low.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// What an ordinary start and one that follows another binary have in common.  On failure: the
// exit code, the faults being told.
tl::expected<GenerationPtr, int> build(Generation checked, const OpenListeners& open,
                                       const PassedSockets& passed, Outlook& outlook) {
  if (checked.config.sandbox == conf::Sandbox::on) sandbox::hide_memory();
  const Surroundings surroundings{open, passed, interfaces_now()};
  auto generation = open_generation(std::move(checked), surroundings, outlook);
  if (!generation) return tl::unexpected(complain(generation.error(), EX_OSERR));
  return std::move(*generation);
}

int complain_of_journal(int exit_code) {
  return complain({"the journal of the spool could not be recovered; the log says why"}, exit_code);
}

// All that was answered is in the Maildir before anybody serves, but for what is still held
// (exit_held).  On failure: the exit code, the faults being told.
int recover(const Generation& generation, const PassedSockets& passed) {
  const int exit_code = recover_all(generation.config, [&] {
    generation.let_go();
    for (const PassedSocket& socket : passed) socket.socket->reset();
  });
  return exit_code == EX_OK || exit_code == exit_held ? exit_code : complain_of_journal(exit_code);
}

// That alone, so that what reads the spool can be started before the server is, or without it.
int recover_only(const Options& options) {
  auto config = conf::load_file(options.config_path);
  if (!config) return complain(config.error());
  if (options.debug) log_everything(*config);
  if (const auto opened = conf::open_log(config->log); !opened) {
    return complain(opened.error(), EX_OSERR);
  }
  if (const auto limited = sandbox::limit_supervisor(); !limited) {
    return complain(limited.error(), EX_OSERR);
  }
  const int exit_code = recover_all(*config, [] {});
  // What is held is that of a server that runs, or will be brought by one that starts.
  return exit_code == EX_OK || exit_code == exit_held ? EX_OK : complain_of_journal(exit_code);
}

// What whoever started us has left open is nothing that we or our workers should have.
void close_other_descriptors(const PassedSockets& passed) {
  int first = STDERR_FILENO + 1;
  for (const PassedSocket& socket : passed) first = std::max(first, socket.socket->get() + 1);
  ::close_range(static_cast<unsigned>(first), ~0U, 0);
}

int serve(const Options& options, NotifySocket service_manager) {
  raise_descriptor_limit();
  const auto limited = sandbox::limit_supervisor();
  if (!limited) return complain(limited.error(), EX_OSERR);
  auto passed = take_passed_sockets();
  if (!passed) return complain(passed.error(), EX_CONFIG);
  close_other_descriptors(*passed);
  auto checked = check_configuration(options);
  if (!checked) return complain(checked.error(), EX_CONFIG);
  const bool single = options.mode == Options::Mode::single;
  auto pid_file = PidFile::lock(single ? "" : checked->config.pid_file);
  if (!pid_file) return complain(pid_file.error(), EX_UNAVAILABLE);
  const auto log_target = checked->config.log.target.kind;
  Outlook outlook;
  auto generation = build(std::move(*checked), {}, *passed, outlook);
  if (!generation) return generation.error();
  const int recovered = recover(**generation, *passed);
  if (recovered != EX_OK && recovered != exit_held) return recovered;
  if (single) {
    passed->clear();
    return run_single(*generation);
  }

  StartReport report;
  if (options.mode == Options::Mode::background) {
    if (log_target == log::Target::Kind::standard_error) {
      complain({"log.target is \"stderr\", which leads nowhere in the background; use -f"}, 0);
    }
    auto detached = go_to_background();
    if (!detached) return complain(detached.error(), EX_OSERR);
    report = std::move(*detached);
  }
  Supervisor::Setup setup;
  setup.options = options;
  setup.first = std::move(*generation);
  setup.pid_file = std::move(*pid_file);
  if (recovered == exit_held) setup.orphans = Try::again;  // recover has told of them
  setup.passed = std::move(*passed);
  setup.outlook = std::move(outlook);
  setup.on_started = [&report](int exit_code) { report.send(exit_code); };
  setup.service_manager = std::move(service_manager);
  return Supervisor{std::move(setup)}.run();
}

// The program that runs wants to know whether this one could take its place.
int try_out(const Options& options, const Inheritance& left) {
  auto checked = check_configuration(options);
  if (!checked) return complain(checked.error(), EX_CONFIG);
  Outlook outlook;
  outlook.restore(left.columns);
  const auto generation = build(std::move(*checked), left.listeners, left.passed, outlook);
  return generation ? EX_OK : generation.error();
}

// This process was another binary a moment ago (SIGUSR2), whose workers have never stopped.  If
// this one cannot serve they go on, until a SIGHUP finds a configuration that it can serve.
int take_over(const Options& options, Inheritance left, NotifySocket service_manager) {
  if (auto limited = sandbox::limit_supervisor(); !limited) complain(limited.error(), EX_OSERR);
  auto checked = check_configuration(options);
  auto pid_file = PidFile::adopt(checked ? checked->config.pid_file : "", UniqueFd{left.pid_file});
  Outlook outlook;
  outlook.restore(left.columns);
  auto generation = checked ? build(std::move(*checked), left.listeners, left.passed, outlook)
                            : tl::unexpected(complain(checked.error(), EX_CONFIG));
  if (!generation) {
    // Nobody reads standard error any more.
    if (!checked) std::ignore = conf::open_log({});
    log::write(log::Level::error, "upgrade_failed",
               {{"reason", cat("exit ", generation.error(), "; the old workers go on")}});
  }
  Supervisor::Setup setup;
  setup.options = options;
  if (generation) setup.first = std::move(*generation);
  setup.pid_file = std::move(pid_file);
  setup.scoreboard = UniqueFd{left.scoreboard};
  setup.ticket_keys = UniqueFd{left.ticket_keys};
  setup.old_generations = left.generations;
  setup.old_workers = std::move(left.workers);
  setup.old_listeners = std::move(left.listeners);
  setup.journals = UniqueFd{left.journals};
  setup.unrecovered = std::move(left.unrecovered);
  setup.orphans = Try::first;  // if the program before has not looked, or kept another board
  setup.board = UniqueFd{left.board};
  setup.old_gateways = std::move(left.gateways);
  setup.passed = std::move(left.passed);
  setup.outlook = std::move(outlook);
  setup.service_manager = std::move(service_manager);
  return Supervisor{std::move(setup)}.run();
}

// One that was closed would be given to the next file or socket we open, and what is written to
// standard error would go in there.
void open_standard_descriptors() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of that write, no more
  ::umask(022);                   // files of ours say themselves who may read them
  sandbox::forbid_core_dumps();
  net::wipe_what_openssl_frees();
  const auto trial = take_inheritance(Takeover::trial);
  auto inheritance = take_inheritance(Takeover::real);
  auto service_manager = NotifySocket::take_from_environment();
  const auto options = parse_options(argc, argv);
  if (!options) return complain(options.error(), EX_USAGE);
  switch (options->mode) {
    case Options::Mode::check: return check(*options);
    case Options::Mode::show_settings: return show_settings(*options);
    case Options::Mode::recover: return recover_only(*options);
    case Options::Mode::version: std::printf("posternd %s\n", POSTERN_VERSION); return EX_OK;
    case Options::Mode::background:
    case Options::Mode::foreground:
    case Options::Mode::single: break;
  }
  if (trial) return try_out(*options, *trial);
  return inheritance ? take_over(*options, std::move(*inheritance), std::move(service_manager))
                     : serve(*options, std::move(service_manager));
}
