// SPDX-License-Identifier: ISC
//
// daemon/worker.cpp - the process that serves sessions.

#include "daemon/worker.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "daemon/confine.h"
#include "daemon/worker_signal.h"
#include "daemon/worker_spool.h"
#include "net/acceptor.h"
#include "net/resolv_conf.h"
#include "net/resolver.h"
#include "server/auth_client.h"
#include "server/client_names.h"
#include "server/connection.h"
#include "server/connection_table.h"
#include "server/handshake_queue.h"
#include "server/reception.h"
#include "server/service.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds time_for_goodbye{1};

// For the daemon that collects the log to make room for what is kept.
constexpr std::chrono::seconds time_for_log{1};
constexpr std::chrono::seconds time_for_rush{2};

policy::AdmissionLimits admission_limits(const conf::Config::Limits& limits) {
  return {.client_connections = limits.client_connections,
          .network_connections = limits.network_connections,
          .client_connection_rate = limits.client_connection_rate,
          .network_connection_rate = limits.network_connection_rate,
          .client_message_rate = limits.client_message_rate};
}

// Those that are to be asked; none if no listener wants that.
std::vector<SocketAddress> name_servers(const conf::Config& config) {
  const auto asks = [](const conf::Listener& listener) {
    return listener.dns == conf::ListenerDns::always;
  };
  if (std::none_of(config.listeners.begin(), config.listeners.end(), asks)) return {};
  return config.dns.servers.empty() ? net::name_servers_of_host() : config.dns.servers;
}

class Worker {
 public:
  // loop and spool outlive it.
  Worker(WorkerSetup& setup, net::Loop& loop, WorkerSpool& spool);

  int run();

  std::vector<int> datagram_sockets() const { return resolver_.sockets(); }

 private:
  void open_acceptors();
  void on_control();
  void drain();
  void end_idle_sessions();
  void end_all_sessions();
  void stop();
  void close_listeners();
  void beat();
  void end_of_turn();
  void look_at_spool();
  bool is_rush_over() const;
  void look_at_rush();
  void give_back_memory();
  void tell(WorkerSignal signal) const;

  const Generation& generation_;
  const std::uint64_t epoch_;
  UniqueFd control_;
  net::Loop& loop_;
  WorkerSpool& spool_;
  server::AuthClient auth_;
  IdGenerator ids_;
  policy::Admission admission_;  // before the connections, which hold its passes
  server::ConnectionTable connections_;
  server::HandshakeQueue handshakes_;
  net::Resolver resolver_;
  server::ClientNames names_;
  server::TracedPeers traced_;
  server::WorkerServices services_;
  server::Reception reception_;
  std::deque<server::ListenerService> listeners_;  // a deque: connections refer to its elements
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  std::size_t most_connections_ = 0;  // since memory was given back
  bool is_ending_ = false;
  bool is_failure_told_ = false;  // that of the spool
  std::optional<net::ReadWatch> control_watch_;
  net::SignalWatch terminate_;
  std::optional<net::SignalWatch> interrupt_;
  net::Timer next_turn_;
  net::Timer log_again_;
  net::Timer drain_over_;
  net::Timer beat_;
  net::Timer rush_over_;
  bool is_waiting_for_rush_ = false;  // to be over for good
  bool is_stopping_ = false;
};

Worker::Worker(WorkerSetup& setup, net::Loop& loop, WorkerSpool& spool)
    : generation_(*setup.generation),
      epoch_(setup.epoch),
      control_(std::move(setup.control)),
      loop_(loop),
      spool_(spool),
      // One that is being worked at by each helper, and one that it finds waiting.
      auth_(loop_, std::move(setup.helpers), 2 * generation_.config.auth.processes,
            [this] { tell(WorkerSignal::helpers_stuck); }),
      ids_(static_cast<std::uint32_t>(::getpid())),
      admission_(admission_limits(generation_.config.limits), setup.scoreboard.admission(),
                 server::Scoreboard::owner(setup.row)),
      connections_(
          [this](const server::Connection& connection) { reception_.on_finished(connection); }),
      resolver_(loop_, name_servers(generation_.config)),
      names_([this](const net::DnsQuestion& question, server::ClientNames::OnReply on_reply) {
        resolver_.ask(question, std::move(on_reply));
      }),
      traced_(generation_.config.debug_peers, setup.scoreboard.traces()),
      services_{loop_,
                generation_.config,
                generation_.tls.get(),
                spool_.files(),
                spool_.committer(),
                auth_,
                ids_,
                connections_,
                handshakes_,
                admission_,
                names_,
                traced_,
                setup.scoreboard,
                setup.row},
      reception_(services_),
      terminate_(loop_, SIGTERM, [this] { stop(); }),
      next_turn_(loop_, [] {}),
      log_again_(loop_, [] {}),
      drain_over_(loop_,
                  [this] {
                    if (is_stopping_) return end_all_sessions();
                    end_idle_sessions();
                  }),
      beat_(loop_, [this] { beat(); }),
      rush_over_(loop_, [this] { give_back_memory(); }) {
  for (const OpenListener& open : generation_.listeners) {
    listeners_.emplace_back(services_, generation_.config.listeners[open.index],
                            generation_.columns[open.index]);
  }
}

// Nobody but a loop that turns can say that it does.
void Worker::beat() {
  services_.scoreboard.beat(services_.row);
  beat_.start(server::Scoreboard::beat_interval);
}

int Worker::run() {
  log::on_lost([this] { tell(WorkerSignal::log_lost); });
  services_.scoreboard.open_row(services_.row, epoch_);
  open_acceptors();
  beat();
  // With a supervisor, Ctrl-C is for it to act on.
  if (!control_.is_open()) interrupt_.emplace(loop_, SIGINT, [this] { stop(); });
  if (control_.is_open()) {
    control_watch_.emplace(loop_, control_.get(), [this] { on_control(); });
    tell(WorkerSignal::ready);
  }
  log::gather();
  loop_.run([this] { end_of_turn(); });
  log::flush();
  log::on_lost(nullptr);
  return spool_.has_failed() ? EX_IOERR : EX_OK;
}

void Worker::open_acceptors() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    server::ListenerService& service = listeners_[i];
    const auto receive = [this, &service](UniqueFd fd, const PeerAddress& peer) {
      reception_.receive(service, std::move(fd), peer);
    };
    acceptors_.push_back(std::make_unique<net::Acceptor>(
        loop_, generation_.listeners[i].socket->get(), receive, reception_.room_of(service)));
  }
}

void Worker::on_control() {
  char signal = 0;
  const ssize_t size = ::read(control_.get(), &signal, 1);
  if (size < 0) return;
  if (size == 0) {
    control_watch_->pause();
    log::write(log::Level::alert, "supervisor_gone", {});
    stop();
  } else if (signal == static_cast<char>(WorkerSignal::drain)) {
    drain();
  } else if (signal == static_cast<char>(WorkerSignal::hurry)) {
    drain();
    end_idle_sessions();
  } else if (signal == static_cast<char>(WorkerSignal::stop)) {
    stop();
  }
}

void Worker::drain() {
  if (is_ending_) return;
  is_ending_ = true;
  close_listeners();
  tell(WorkerSignal::closed);
  drain_over_.start(generation_.config.drain_time);
}

// The descriptors too: as long as one worker has them open, the kernel goes on accepting for
// a listener that nobody serves any more.
void Worker::close_listeners() {
  acceptors_.clear();
  for (const OpenListener& open : generation_.listeners) open.socket->reset();
}

// The others end when no message is under way.
void Worker::end_idle_sessions() {
  reception_.drain();
  connections_.for_each([](server::Connection& connection) { connection.drain(); });
}

void Worker::end_all_sessions() {
  connections_.for_each([](server::Connection& connection) { connection.shut_down(); });
  end_idle_sessions();
  // Those that were told goodbye just now are not waited for longer than this.
  drain_over_.start(time_for_goodbye);
}

void Worker::stop() {
  if (is_stopping_) return;
  is_stopping_ = true;
  is_ending_ = true;
  close_listeners();
  reception_.stop();
  connections_.for_each([](server::Connection& connection) { connection.drain(); });
  drain_over_.start(generation_.config.drain_time);
}

void Worker::end_of_turn() {
  spool_.flush();
  handshakes_.begin_some([this](server::ConnectionId id) {
    server::Connection* connection = connections_.find(id);
    return connection != nullptr && connection->begin_handshake();
  });
  // Those that wait are begun in the next turn, so that all others get theirs.
  if (handshakes_.has_waiting()) next_turn_.start(std::chrono::milliseconds{0});
  look_at_spool();
  connections_.sweep();
  reception_.sweep();
  if (reception_.take_has_room()) {
    for (const auto& acceptor : acceptors_) acceptor->try_again();
  }
  look_at_rush();
  if (!log::flush()) log_again_.start(time_for_log);
  if (!is_ending_ || !connections_.empty() || !reception_.is_idle()) return;
  if (spool_.shut_down()) loop_.stop();
}

// Clients that are told to try again should meet somebody who can take their mail.
void Worker::look_at_spool() {
  if (!spool_.has_failed() || std::exchange(is_failure_told_, true)) return;
  tell(WorkerSignal::journal_failed);
  drain();
  end_idle_sessions();
}

void Worker::tell(WorkerSignal signal) const {
  if (control_.is_open()) send_signal(control_.get(), signal);
}

bool Worker::is_rush_over() const {
  constexpr std::size_t rush = 64;
  return most_connections_ >= rush && connections_.size() <= most_connections_ / 4;
}

// Short sessions come and go together, so it may only seem to be over.
void Worker::look_at_rush() {
  most_connections_ = std::max(most_connections_, connections_.size());
  if (!is_rush_over() || std::exchange(is_waiting_for_rush_, true)) return;
  rush_over_.start(time_for_rush);
}

// After a rush the allocator would keep what the sessions have used.
void Worker::give_back_memory() {
  is_waiting_for_rush_ = false;
  if (!is_rush_over()) return;
  most_connections_ = connections_.size();
  ::malloc_trim(0);
}

// False if it failed, and the log says so.
bool share_tickets(const WorkerSetup& setup) {
  if (setup.tickets == nullptr) return true;
  if (!setup.generation->tls) {
    setup.tickets->let_go();
    return true;
  }
  if (const auto done = setup.tickets->make_read_only(); !done) {
    log::write(log::Level::alert, "worker_failed", {{"error", done.error().message()}});
    return false;
  }
  setup.generation->tls->share_tickets(*setup.tickets);
  return true;
}

}  // namespace

int run_worker(WorkerSetup setup) {
  setup.generation->users->forget();
  // The controller's: as long as a worker had them open, they would let in who is answered never.
  for (const OpenListener& open : setup.generation->control_sockets) open.socket->reset();
  if (!share_tickets(setup)) return EX_OSERR;
  const conf::Config& config = setup.generation->config;
  net::Loop loop;
  auto spool = WorkerSpool::open(loop, setup);
  if (!spool) {
    log::write(log::Level::alert, "worker_failed", {{"error", spool.error().message()}});
    return EX_CANTCREAT;
  }
  // It is made before the sandbox is entered, in which the loop could not be.
  Worker worker{setup, loop, **spool};
  const auto confined = confine(config, sandbox::Role::worker, worker.datagram_sockets());
  if (!confined) {
    log::write(log::Level::alert, "worker_failed", {{"error", confined.error().message()}});
    return EX_NOPERM;
  }
  return worker.run();
}

}  // namespace postern::daemon
