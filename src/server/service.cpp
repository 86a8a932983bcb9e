// SPDX-License-Identifier: ISC
//
// server/service.cpp - a listener's configuration, as its sessions want it.

#include "server/service.h"

#include <algorithm>
#include <chrono>

#include "auth/exchange.h"
#include "base/log.h"

namespace postern::server {

namespace {

// On a listener for mail from strangers alone nobody has a reason to log in.
bool offers_auth(const conf::Config& config, const conf::Listener& listener) {
  return !config.auth.users.empty() && listener.role != conf::ListenerRole::mx;
}

// What the configuration switches, as far as it is the listener's to have.  RFC 4865 2: only who
// submits may have a message held.
mail::Extensions offered_extensions(const conf::Config& config, const conf::Listener& listener) {
  mail::Extensions extensions = config.extensions;
  if (listener.role == conf::ListenerRole::mx) extensions.future_release = false;
  // RFC 2033 5: LMTP cannot be without these.
  const bool is_lmtp = listener.protocol == conf::ListenerProtocol::lmtp;
  extensions.pipelining |= is_lmtp;
  extensions.enhanced_status_codes |= is_lmtp;
  return extensions;
}

smtp::Settings session_settings(const conf::Config& config, const conf::Listener& listener) {
  return {
      .hostname = config.hostname,
      .protocol = listener.protocol == conf::ListenerProtocol::lmtp ? smtp::Protocol::lmtp
                                                                    : smtp::Protocol::smtp,
      .limits = {.message_octets = config.limits.message_size,
                 .recipients = config.limits.recipients,
                 .recipient_domains = config.limits.recipient_domains,
                 .messages = config.limits.messages,
                 .errors = config.limits.errors,
                 .idle_commands = config.limits.idle_commands,
                 .auth_failures = config.limits.auth_failures,
                 .hold_seconds = config.limits.hold.count()},
      .extensions = offered_extensions(config, listener),
      .offers_starttls = listener.tls == conf::ListenerTls::starttls,
      .mechanisms = std::string(offers_auth(config, listener) ? auth::Exchange::mechanisms() : ""),
      .auth_without_tls = listener.auth_without_tls,
  };
}

std::string_view reason_of(policy::Refusal refusal) {
  switch (refusal) {
    case policy::Refusal::too_many_of_client: return "client_connections";
    case policy::Refusal::client_too_fast: return "client_connection_rate";
    case policy::Refusal::too_many_of_network: return "network_connections";
    case policy::Refusal::network_too_fast: return "network_connection_rate";
    case policy::Refusal::too_many: return "connections";
  }
  return "";
}

}  // namespace

void WorkerServices::count(Counter counter, std::uint64_t times) const {
  scoreboard.statistics(row).count(counter, times);
}

void WorkerServices::observe(Histogram histogram, std::uint64_t value) const {
  scoreboard.statistics(row).observe(histogram, value);
}

ListenerService::ListenerService(WorkerServices& services, const conf::Listener& which,
                                 std::size_t scoreboard_column)
    : worker(services),
      listener(which),
      column(scoreboard_column),
      settings(session_settings(services.config, listener)),
      policy(services.config, listener) {}

const net::TlsContext* ListenerService::tls() const {
  return listener.tls == conf::ListenerTls::none ? nullptr : worker.tls;
}

bool ListenerService::is_blocked_at_connect(const PeerAddress& peer) const {
  return config().blocked_at == conf::BlockedAt::connect && peer.ip() &&
         config().blocked.contains(*peer.ip());
}

std::uint32_t ListenerService::channels_for(const PeerAddress& peer) const {
  const bool is_client = peer.ip() && config().clients.contains(*peer.ip());
  return listener.channels - (is_client ? 0 : std::min(listener.reserve, listener.channels));
}

tl::expected<policy::Admission::Pass, policy::Refusal> ListenerService::admit(
    const PeerAddress& peer) const {
  if (!peer.ip() || config().clients.contains(*peer.ip())) return policy::Admission::Pass{};
  return worker.admission.enter(*peer.ip(), std::chrono::steady_clock::now());
}

void log_blocked(const ListenerService& service, const PeerAddress& peer,
                 const mail::Reply& reply) {
  service.worker.count(Counter::connections_blocked);
  log::write(
      log::Level::info, "client_blocked",
      {{"listener", service.listener.name}, {"peer", peer.to_string()}, {"reply", reply.line()}});
}

void log_channels_full(const ListenerService& service, const PeerAddress& peer) {
  service.worker.count(Counter::connections_over_channels);
  log::write(log::Level::warning, "channels_full",
             {{"listener", service.listener.name},
              {"peer", peer.to_string()},
              {"channels", service.channels_for(peer)}});
}

void log_waiting(const ListenerService& service) {
  log::write(log::Level::warning, "clients_wait",
             {{"listener", service.listener.name}, {"channels", service.listener.channels}});
}

void log_over_limit(const ListenerService& service, const PeerAddress& peer,
                    policy::Refusal refusal) {
  service.worker.count(Counter::connections_over_limits);
  log::write(log::Level::warning, "client_refused",
             {{"listener", service.listener.name},
              {"peer", peer.to_string()},
              {"limit", reason_of(refusal)}});
}

}  // namespace postern::server
