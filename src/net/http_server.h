// SPDX-License-Identifier: ISC
//
// net/http_server.h - answers GET for one page.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/loop.h"

struct evhttp;
struct evhttp_request;

namespace postern::net {

// HTTP/1.1 (RFC 9112) by libevent, for a client that looks now and then.  Requests are bounded in
// size and time.
class HttpServer {
 public:
  // page makes the body when it is asked for; path is "/metrics", say.  Ends the process when
  // there is no memory.
  HttpServer(Loop& loop, std::string path, std::string content_type,
             std::function<std::string()> page);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // fd is a listening socket and stays the caller's.
  Result<void> serve(int fd);

 private:
  static void on_request(evhttp_request* request, void* self) noexcept;
  void answer(evhttp_request* request) const;

  struct Free {
    void operator()(evhttp* http) const;
  };

  std::unique_ptr<evhttp, Free> http_;
  std::string path_;
  std::string content_type_;
  std::function<std::string()> page_;
};

}  // namespace postern::net
