// SPDX-License-Identifier: ISC
//
// daemon/supervisor.h - starts generations of workers, and replaces what dies.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/crew.h"
#include "daemon/gateways.h"
#include "daemon/generation.h"
#include "daemon/inheritance.h"
#include "daemon/inspection.h"
#include "daemon/interface_watch.h"
#include "daemon/journal_recoveries.h"
#include "daemon/notify_socket.h"
#include "daemon/options.h"
#include "daemon/outlook.h"
#include "daemon/pid_file.h"
#include "daemon/replacements.h"
#include "net/ticket_keys.h"
#include "server/journal_board.h"
#include "server/scoreboard.h"

namespace postern::daemon {

// The privileged process.  No mail passes through it.  Everything that changes what runs is
// one thing here: start the next generation, and when all of its workers serve, tell those of
// the one before to drain.  If it does not come up, it goes away again and the old one stays.
class Supervisor {
 public:
  // Called once, when the first generation serves or has failed to: with the exit code so far.
  using OnStarted = std::function<void(int exit_code)>;

  struct Setup {
    Options options;
    GenerationPtr first;  // nullptr: the old workers are all there is
    PidFile pid_file;
    UniqueFd scoreboard;                           // of the binary before, if there was one
    UniqueFd ticket_keys;                          // likewise
    std::uint64_t old_generations = 0;             // that it has started
    std::vector<Inheritance::Worker> old_workers;  // likewise
    OpenListeners old_listeners;                   // likewise
    UniqueFd journals;                             // likewise
    std::vector<Inheritance::Journal> unrecovered;
    std::optional<Try> orphans;  // journals may be in the spool that are nobody's
    UniqueFd board;              // of the gateways before, if there were any
    std::vector<Inheritance::Gateway> old_gateways;
    PassedSockets passed;
    Outlook outlook;
    OnStarted on_started;
    NotifySocket service_manager;
  };

  explicit Supervisor(Setup setup);

  // Until SIGTERM or SIGINT.  Returns the exit code.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  // What a signal has asked for and is still to be done.
  struct Wanted {
    bool reload = false;
    bool new_logs = false;
    bool new_binary = false;

    bool any() const { return reload || new_logs || new_binary; }
  };

  bool has_ended() const;
  void wait_for_events();
  bool has_due_work() const;
  std::chrono::milliseconds time_to_wait() const;
  void on_signal(int number);
  void on_wish(WorkerSignal signal);
  void on_worker_exit(const WorkerProcess& worker, int status);
  void run_due_work();
  void run_wanted(Clock::time_point now);

  OpenListeners open_sockets() const;  // those that are, for the next generation
  void reload();
  Surroundings surroundings();
  std::optional<Clock::time_point> next_look_at_links() const;
  void follow_readiness();
  GenerationPtr reopen(Outlook& outlook);
  void tell_readiness();
  void follow_appletalk(bool renew = false);
  void reopen_logs();
  void mend_log(Clock::time_point now);
  void upgrade();
  void give_up_upgrade(const std::string& why);
  void stop();
  void start_generation(GenerationPtr generation, Outlook outlook);
  void replace_dead(Clock::time_point now);
  void replace_failed(const Crew::Failed& worker);
  void start_worker(std::uint64_t epoch, GenerationPtr generation);
  void start_controller(std::uint64_t epoch, GenerationPtr generation);
  void check_started();
  void replace_controller();
  void abandon_start(const std::string& why);
  void close_listeners();
  void tell_reloading(const std::string& status);
  void tell_state();
  void let_go();

  Options options_;
  std::string binary_path_;
  PidFile pid_file_;
  OnStarted on_started_;
  NotifySocket service_manager_;
  server::Scoreboard scoreboard_;
  net::TicketKeys ticket_keys_;
  server::JournalBoard journals_;
  Gateways gateways_;
  Crew crew_;
  JournalRecoveries recoveries_;
  UniqueFd signals_;

  std::uint64_t last_epoch_;          // an upgrade goes on counting
  std::uint64_t current_epoch_ = 0;   // 0: none yet
  std::uint64_t starting_epoch_ = 0;  // 0: none
  GenerationPtr current_;
  GenerationPtr starting_;
  OpenListeners old_listeners_;  // as long as there is no current_
  OpenListeners socket_files_;   // to be removed at the end
  PassedSockets passed_;

  InterfaceWatch interfaces_;
  Outlook outlook_;           // of current_
  Outlook starting_outlook_;  // of starting_
  Faults listener_faults_;    // of the last time that listeners were to open
  Clock::time_point next_readiness_at_{};
  bool is_asked_for_ = false;  // starting_, by somebody
  Clock::time_point start_deadline_{};
  Wanted wanted_;
  Clock::time_point next_generation_at_{};
  bool is_log_lost_ = false;
  Clock::time_point next_log_at_{};
  Clock::time_point reload_begun_;  // when the last one began to read the configuration
  std::string failure_;             // of the last thing wanted; empty: it was done

  Inspection inspection_;
  Replacements replacements_;
  std::optional<Clock::time_point> replace_controller_by_;  // nothing: it is done

  bool is_stopping_ = false;
  bool has_killed_ = false;
  Clock::time_point kill_at_{};
  int exit_code_ = 0;
};

}  // namespace postern::daemon
