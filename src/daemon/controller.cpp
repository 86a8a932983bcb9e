// SPDX-License-Identifier: ISC
//
// daemon/controller.cpp - the process that answers posternctl and Prometheus.

#include "daemon/controller.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "control/desk.h"
#include "control/metrics_text.h"
#include "control/observer.h"
#include "control/server.h"
#include "daemon/confine.h"
#include "daemon/listener_changes.h"
#include "daemon/worker_signal.h"
#include "net/acceptor.h"
#include "net/http_server.h"

namespace postern::daemon {

namespace {

control::Subject subject_of(const Generation& generation, std::uint64_t epoch) {
  control::Subject subject;
  subject.version = POSTERN_VERSION;
  subject.pid = ::getppid();
  subject.generation = epoch;
  for (std::size_t i = 0; i < generation.config.listeners.size(); ++i) {
    const conf::Listener& listener = generation.config.listeners[i];
    const std::string places = places_of(generation.listeners, listener.name);
    subject.listeners.push_back({listener.name,
                                 places.empty() ? configured_place(listener) : places,
                                 generation.columns[i], listener.channels, !places.empty()});
  }
  subject.has_appletalk = !generation.config.appletalk.interface.empty();
  if (generation.tls) {
    subject.certificate_end = std::chrono::system_clock::to_time_t(generation.tls->expires());
  }
  return subject;
}

class Controller {
 public:
  Controller(ControllerSetup& setup, control::SpoolView spool);

  int run();

 private:
  void open_sockets();
  void take_samples();
  void tell(WorkerSignal signal) const { send_signal(control_.get(), signal); }
  void on_control();
  void end();
  void end_for_all(const std::string& reload_reply);
  void on_time_to_end();
  void end_of_turn();

  const Generation& generation_;
  const server::Scoreboard& scoreboard_;
  UniqueFd control_;
  net::Loop loop_;
  control::Observer observer_;
  control::Desk desk_;
  control::Server server_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  std::optional<net::HttpServer> http_;
  net::ReadWatch control_watch_;
  net::Timer sample_timer_;
  net::Timer end_timer_;
  bool is_ending_ = false;
  int times_ended_ = 0;
};

// What a request in progress gets to come to its end; and how often that is, for who waits for a
// reload that began when this generation was over already.
constexpr std::chrono::seconds time_to_end{5};
constexpr int most_times_to_end = 20;

Controller::Controller(ControllerSetup& setup, control::SpoolView spool)
    : generation_(*setup.generation),
      scoreboard_(setup.scoreboard),
      control_(std::move(setup.control)),
      observer_(subject_of(generation_, setup.epoch), scoreboard_, setup.board, std::move(spool)),
      desk_(observer_, scoreboard_.sessions(), scoreboard_.traces(),
            {[this] { tell(WorkerSignal::reload); }, [this] { tell(WorkerSignal::quit); }}),
      server_(loop_, desk_),
      control_watch_(loop_, control_.get(), [this] { on_control(); }),
      sample_timer_(loop_, [this] { take_samples(); }),
      end_timer_(loop_, [this] { on_time_to_end(); }) {}

int Controller::run() {
  open_sockets();
  take_samples();
  tell(WorkerSignal::ready);
  loop_.run([this] { end_of_turn(); });
  return EX_OK;
}

void Controller::open_sockets() {
  for (const OpenListener& open : generation_.control_sockets) {
    if (open.name == control_socket_name) {
      acceptors_.push_back(std::make_unique<net::Acceptor>(
          loop_, open.socket->get(),
          [this](UniqueFd fd, const PeerAddress&) { server_.accept(std::move(fd)); }));
      continue;
    }
    if (!http_) {
      http_.emplace(loop_, "/metrics", control::metrics_content_type, [this] {
        server::StatisticsCells totals{};
        scoreboard_.add_totals(totals);
        return control::metrics_text(observer_.status(), totals);
      });
    }
    if (const auto served = http_->serve(open.socket->get()); !served) {
      log::write(log::Level::error, "metrics_failed", {{"error", served.error().message()}});
    }
  }
}

void Controller::take_samples() {
  observer_.take_sample();
  sample_timer_.start(control::Observer::sample_interval);
}

void Controller::on_control() {
  char octet = 0;
  const ssize_t size = ::read(control_.get(), &octet, 1);
  if (size < 0) return;
  if (size == 0) {
    control_watch_.pause();
    return end_for_all(control::error_reply("the server has ended"));
  }
  switch (static_cast<WorkerSignal>(octet)) {
    case WorkerSignal::drain:
      end();
      return server_.on_reload(control::ok_reply("the new configuration is in force\n"),
                               scoreboard_.reload_begun());
    case WorkerSignal::stop: return end_for_all(control::error_reply("the server ends"));
    case WorkerSignal::reload_failed:
      return server_.on_reload(control::error_reply(scoreboard_.failure()),
                               scoreboard_.reload_begun());
    case WorkerSignal::closed:
    case WorkerSignal::ready:
    case WorkerSignal::hurry: return;  // it has ended at the first word
    case WorkerSignal::log_lost:
    case WorkerSignal::helpers_stuck:
    case WorkerSignal::journal_failed:
    case WorkerSignal::reload:
    case WorkerSignal::quit: return;  // those go the other way
  }
}

// Nobody new: the sockets are the next generation's.
void Controller::end() {
  if (is_ending_) return;
  is_ending_ = true;
  acceptors_.clear();
  http_.reset();
  for (const OpenListener& open : generation_.control_sockets) open.socket->reset();
  end_timer_.start(time_to_end);
}

void Controller::end_for_all(const std::string& reload_reply) {
  end();
  server_.on_reload(reload_reply, control::Server::Clock::time_point::max());
}

// Who has asked since the configuration in force was read is told of the one that follows.
void Controller::on_time_to_end() {
  if (!server_.has_waiting() || ++times_ended_ == most_times_to_end) return loop_.stop();
  end_timer_.start(time_to_end);
}

void Controller::end_of_turn() {
  server_.sweep();
  if (is_ending_ && server_.is_idle()) loop_.stop();
}

}  // namespace

int run_controller(ControllerSetup setup) {
  setup.generation->users->forget();
  for (const OpenListener& open : setup.generation->listeners) open.socket->reset();
  const conf::Config& config = setup.generation->config;
  auto spool = control::SpoolView::open(config.spool.path);
  if (!spool) {
    log::write(log::Level::alert, "worker_failed", {{"error", spool.error().message()}});
    return EX_CANTCREAT;
  }
  // It is made before the sandbox is entered, in which the loop could not be.
  Controller controller{setup, std::move(*spool)};
  if (setup.generation->tls) setup.generation->tls->forget();
  if (const auto confined = confine(config, sandbox::Role::controller); !confined) {
    log::write(log::Level::alert, "worker_failed", {{"error", confined.error().message()}});
    return EX_NOPERM;
  }
  return controller.run();
}

}  // namespace postern::daemon
