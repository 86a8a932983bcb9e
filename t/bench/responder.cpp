// SPDX-License-Identifier: ISC
//
// t/bench/responder.cpp - a server that answers as SMTP wants it and stores nothing: what a
// connection and its octets cost alone, with bufferevents as they come.
//
// usage: responder PORT [CERTIFICATE KEY]

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <strings.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

SSL_CTX* tls = nullptr;

constexpr std::string_view end_of_text = "\r\n.\r\n";

struct Client {
  bufferevent* stream = nullptr;
  bool is_in_text = false;
  bool has_tls = false;
  bool is_leaving = false;
};

void free_client(Client* client) {
  bufferevent_free(client->stream);
  delete client;
}

bool begins_with(std::string_view line, std::string_view verb) {
  return line.size() >= verb.size() && strncasecmp(line.data(), verb.data(), verb.size()) == 0;
}

void say(Client& client, std::string_view text) {
  bufferevent_write(client.stream, text.data(), text.size());
}

void on_input(bufferevent*, void* data);
void on_written(bufferevent*, void* data);
void on_event(bufferevent*, short what, void* data);

void listen_to(Client& client) {
  bufferevent_setcb(client.stream, on_input, on_written, on_event, &client);
  bufferevent_enable(client.stream, EV_READ | EV_WRITE);
}

// The same descriptor, under TLS from now on.  Nobody pipelines STARTTLS, so nothing else waits to
// be written.
void begin_tls(Client& client) {
  event_base* base = bufferevent_get_base(client.stream);
  const evutil_socket_t fd = bufferevent_getfd(client.stream);
  constexpr std::string_view reply = "220 2.0.0 Begin\r\n";
  ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
  bufferevent_setfd(client.stream, -1);
  bufferevent_free(client.stream);
  client.stream = bufferevent_openssl_socket_new(base, fd, SSL_new(tls), BUFFEREVENT_SSL_ACCEPTING,
                                                 BEV_OPT_CLOSE_ON_FREE);
  client.has_tls = true;
  listen_to(client);
}

// false: the stream is another one, or the client leaves.
bool on_command(Client& client, std::string_view line) {
  if (begins_with(line, "EHLO")) {
    say(client, tls != nullptr && !client.has_tls
                    ? "250-responder.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
                    : "250-responder.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
  } else if (begins_with(line, "DATA")) {
    say(client, "354 Go on\r\n");
    client.is_in_text = true;
  } else if (begins_with(line, "STARTTLS") && tls != nullptr) {
    begin_tls(client);
    return false;
  } else if (begins_with(line, "QUIT")) {
    say(client, "221 2.0.0 Bye\r\n");
    client.is_leaving = true;
    return false;
  } else {
    say(client, "250 2.1.0 OK\r\n");
  }
  return true;
}

// false: more has to come.
bool take_text(Client& client, evbuffer* input) {
  const evbuffer_ptr end = evbuffer_search(input, end_of_text.data(), end_of_text.size(), nullptr);
  if (end.pos < 0) {
    const std::size_t length = evbuffer_get_length(input);
    if (length >= end_of_text.size()) evbuffer_drain(input, length - end_of_text.size() + 1);
    return false;
  }
  evbuffer_drain(input, static_cast<std::size_t>(end.pos) + end_of_text.size());
  client.is_in_text = false;
  say(client, "250 2.0.0 Not queued at all\r\n");
  return true;
}

void on_input(bufferevent* stream, void* data) {
  Client& client = *static_cast<Client*>(data);
  evbuffer* input = bufferevent_get_input(stream);
  while (true) {
    if (client.is_in_text) {
      if (!take_text(client, input)) return;
      continue;
    }
    std::size_t length = 0;
    char* line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF_STRICT);
    if (line == nullptr) return;
    const bool goes_on = on_command(client, {line, length});
    std::free(line);
    if (!goes_on) return;
  }
}

void on_written(bufferevent*, void* data) {
  auto* client = static_cast<Client*>(data);
  if (client->is_leaving) free_client(client);
}

void on_event(bufferevent*, short what, void* data) {
  if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) free_client(static_cast<Client*>(data));
}

void on_connection(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto* client = new Client;
  client->stream =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  listen_to(*client);
  say(*client, "220 responder.example ESMTP\r\n");
}

bool load_tls(const char* certificate, const char* key) {
  tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  return SSL_CTX_use_certificate_chain_file(tls, certificate) == 1 &&
         SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fputs("usage: responder PORT [CERTIFICATE KEY]\n", stderr);
    return 2;
  }
  if (argc == 4 && !load_tls(argv[2], argv[3])) {
    std::fputs("responder: cannot use the certificate and its key\n", stderr);
    return 1;
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  event_base* base = event_base_new();
  evconnlistener* listener = evconnlistener_new_bind(
      base, on_connection, nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 4096,
      reinterpret_cast<const sockaddr*>(&place), sizeof place);
  if (listener == nullptr) {
    std::perror("responder");
    return 1;
  }
  return event_base_dispatch(base) < 0 ? 1 : 0;
}
