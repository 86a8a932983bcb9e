// SPDX-License-Identifier: ISC
//
// server/main.cpp - posternd: what the command line asks for.

#include <fcntl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "conf/loader.h"
#include "config.h"
#include "server/background.h"
#include "server/generation.h"
#include "server/inheritance.h"
#include "server/options.h"
#include "server/pid_file.h"
#include "server/supervisor.h"
#include "server/worker_process.h"

namespace {

using namespace postern;
using namespace postern::server;

int complain(const std::vector<std::string>& faults, int exit_code) {
  for (const std::string& fault : faults) std::fprintf(stderr, "posternd: %s\n", fault.c_str());
  return exit_code;
}

int complain(const Error& error, int exit_code) {
  return complain({error.message()}, exit_code);
}

int check(const Options& options) {
  const auto checked = check_configuration(options);
  if (!checked) return complain(checked.error(), EX_CONFIG);
  std::printf("posternd: %s is fine\n", options.config_path.c_str());
  return EX_OK;
}

int show_settings(const Options& options) {
  const auto config = conf::load_file(options.config_path);
  if (!config) {
    std::vector<std::string> faults;
    for (const conf::Fault& fault : config.error()) faults.push_back(fault.message());
    return complain(faults, EX_CONFIG);
  }
  std::printf("%s", conf::effective_settings(*config).c_str());
  return EX_OK;
}

// What an ordinary start and one that follows another binary have in common.  On failure: the
// exit code, the faults being told.
tl::expected<GenerationPtr, int> build(const OpenListeners& open_already, Generation checked) {
  const conf::Config::Log settings = checked.config.log;
  if (const auto opened = log::open(settings.target, settings.level); !opened) {
    return tl::unexpected(complain(opened.error(), EX_CANTCREAT));
  }
  auto generation = open_generation(std::move(checked), open_already);
  if (!generation) return tl::unexpected(complain(generation.error(), EX_OSERR));
  return std::move(*generation);
}

int serve(const Options& options) {
  auto checked = check_configuration(options);
  if (!checked) return complain(checked.error(), EX_CONFIG);
  const bool single = options.mode == Options::Mode::single;
  auto pid_file = PidFile::lock(single ? "" : checked->config.pid_file);
  if (!pid_file) return complain(pid_file.error(), EX_UNAVAILABLE);
  auto generation = build({}, std::move(*checked));
  if (!generation) return generation.error();
  if (single) return run_single(*generation);

  StartReport report;
  if (options.mode == Options::Mode::background) {
    auto detached = go_to_background();
    if (!detached) return complain(detached.error(), EX_OSERR);
    report = std::move(*detached);
  }
  const auto on_started = [&report](int exit_code) { report.send(exit_code); };
  return Supervisor{{options, std::move(*generation), std::move(*pid_file), {}, {}, on_started}}
      .run();
}

// This process was another binary a moment ago (SIGUSR2).  If this one cannot serve, it becomes
// the other one again, whose workers have never stopped.
int take_over(const Options& options, Inheritance left) {
  const auto go_back = [&](int exit_code) {
    UniqueFd old_binary{std::exchange(left.old_binary, -1)};
    if (exit_code != EX_OK) {
      log::write(log::Level::error, "upgrade_failed", {{"reason", cat("exit ", exit_code)}});
      const Error error = become_binary(old_binary.get(), options, left);
      exit_code = complain(error, EX_OSERR);
    }
    left.listeners.clear();  // it is up to the generations now when they close
    return exit_code;
  };
  auto checked = check_configuration(options);
  if (!checked) return go_back(complain(checked.error(), EX_CONFIG));
  auto pid_file = PidFile::adopt(checked->config.pid_file, UniqueFd{left.pid_file});
  auto generation = build(left.listeners, std::move(*checked));
  if (!generation) return go_back(generation.error());
  left.listeners = (*generation)->listeners;  // those that are not wanted any more close here
  return Supervisor{{options, std::move(*generation), std::move(pid_file),
                     UniqueFd{left.scoreboard}, left.workers, go_back}}
      .run();
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
  ::umask(022);  // files of ours say themselves who may read them
  auto inheritance = take_inheritance();
  const auto options = parse_options(argc, argv);
  if (!options) return complain(options.error(), EX_USAGE);
  switch (options->mode) {
    case Options::Mode::check: return check(*options);
    case Options::Mode::show_settings: return show_settings(*options);
    case Options::Mode::version: std::printf("posternd %s\n", POSTERN_VERSION); return EX_OK;
    case Options::Mode::background:
    case Options::Mode::foreground:
    case Options::Mode::single: break;
  }
  return inheritance ? take_over(*options, std::move(*inheritance)) : serve(*options);
}
