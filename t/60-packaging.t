#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/60-packaging.t - what is installed beside the programs: units, scripts, completions.

use strict;
use warnings;
use lib 't/lib';
use Cwd qw(abs_path getcwd);
use File::Find qw(find);
use File::Temp;
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(is_running);

my $build  = $ENV{POSTERN_BUILD} // 'build';
my $unit   = 'contrib/systemd/postern.service.in';
my @places = split /:/, $ENV{PATH};

delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS)};    # of the make that runs the tests

sub is_installed {
    my ($program) = @_;
    return scalar grep { -x "$_/$program" } @places;
}

sub write_file {
    my ( $path, $text ) = @_;
    open( my $file, '>', $path ) or die "$path: $!\n";
    print {$file} $text;
    close $file or die "$path: $!\n";
    return $path;
}

# Runs a command that must succeed and have nothing to complain about.
sub is_silent {
    my ( $name, @command ) = @_;
    my ( $exit, $out, $errors ) = run_command(@command);
    ok( $exit == 0 && $errors eq '', $name ) or diag("exit $exit\n$out$errors");
    return;
}

sub values_of {
    my ( $name, $text ) = @_;
    return map { split ' ' } $text =~ /^$name=(.*)$/mg;
}

# ---- make install

sub make {
    my ( $target, $destination ) = @_;
    my @built = map { ( '-o', "$build/$_" ) } qw(posternd posternctl postern-sendmail postern-adsp);
    return run_command( 'make', @built, '-o', 'build/config.mk', "B=$build",
        "DESTDIR=$destination", $target );
}

sub files_below {
    my ($directory) = @_;
    my @files;
    find(
        {
            no_chdir => 1,
            wanted   => sub { push @files, $File::Find::name =~ s/^\Q$directory\E//r if -f }
        },
        $directory
    );
    return sort @files;
}

sub configured {
    my ($name) = @_;
    my $value = ( text_of('build/config.mk') =~ /^\Q$name\E = (.*)$/m )[0] // die "no $name\n";
    return $value =~ s/\$\{(\w+)\}/configured($1)/egr;
}

subtest 'make install' => sub {
    my $destination = File::Temp->newdir;
    my ( $exit, undef, $errors ) = make( install => $destination );
    is( $exit, 0, 'it installs' ) or return diag($errors);
    my ( $prefix, $sbin, $man, $doc, $share ) = map { configured($_) } qw(prefix sbindir mandir
      docdir datadir);
    my $conf  = configured('sysconfdir') . '/postern/postern.conf';
    my @pages = map { my ($n) = /(\d)$/; "$man/man$n/" . s{.*/}{}r } glob 'man/*.[1-8]';
    my @examples = glob 'contrib/{autoconfig,grafana,init,logrotate,prometheus}/* contrib/fail2ban/*/*'
      . ' contrib/systemd/*.{conf,socket}';
    is_deeply(
        [ files_below($destination) ],
        [
            sort $conf, @pages,
            ( map { "$sbin/$_" } qw(posternd posternctl postern-sendmail postern-adsp) ),
            ( map { "$doc/$_" } qw(README.md NEWS LICENSE) ),
            "$doc/examples/postern.conf",
            ( map { s{^etc}{$doc}r } glob 'etc/examples/*.conf' ),
            ( map { s{^contrib}{$doc/examples}r } @examples ),
            ( map { configured('systemdunitdir') . "/$_.service" } qw(postern postern-recovery) ),
            ( map { "$prefix/lib/$_.d/postern.conf" } qw(sysusers tmpfiles) ),
            ( map { "$share/bash-completion/completions/$_" } qw(posternd posternctl postern-adsp) ),
            ( map { configured('zshcompletiondir') . "/_$_" } qw(posternd posternctl postern-adsp) ),
            ( map { "$share/vim/vimfiles/$_/postern.vim" } qw(ftdetect ftplugin syntax) ),
        ],
        'all that there is, where it belongs'
    );
    is_deeply( [ values_of( 'ExecStart', text_of("$destination/" . configured('systemdunitdir')
                    . '/postern.service') ) ],
        [ "$sbin/posternd", '-f' ], 'the unit starts what was installed' );
    ok( -x "$destination$sbin/posternd", 'which can be executed' );

    write_file( "$destination$conf", "mine\n" );
    ( $exit, my $said ) = make( install => $destination );
    is( text_of("$destination$conf"), "mine\n", 'a configuration that is there stays' );
    like( $said, qr/^kept \S+\Q$conf\E;/m, 'and it says so' );
    make( uninstall => $destination );
    is_deeply( [ files_below($destination) ], [$conf], 'uninstall leaves nothing else' );
};

# ---- systemd

sub installed_unit {
    my ($directory) = @_;
    for my $service ( glob 'contrib/systemd/*.service.in' ) {
        my $text = text_of($service) =~ s{\@sbindir\@/posternd}{abs_path(posternd())}er;
        write_file( "$directory/" . $service =~ s{.*/(.*)\.in}{$1}r, $text );
    }
    for my $socket ( glob 'contrib/systemd/*.socket' ) {
        write_file( "$directory/" . $socket =~ s{.*/}{}r, text_of($socket) );
    }
    return "$directory/postern.service";
}

SKIP: {
    skip 'systemd-analyze is not installed', 3 if !is_installed('systemd-analyze');
    my $directory = File::Temp->newdir;
    my $service   = installed_unit($directory);
    is_silent( 'systemd takes the units',
        qw(systemd-analyze verify --man=no),
        glob "$directory/*.service $directory/*.socket" );
    for my $unit ( $service, "$directory/postern-recovery.service" ) {
        my ( undef, $out ) =
          run_command( qw(systemd-analyze security --offline=true --no-pager), $unit );
        my ($exposure) = $out =~ /Overall exposure level .*: ([\d.]+)/;
        ok( defined $exposure && $exposure < 2, 'its exposure is below 2.0' ) or diag($out);
    }
}

# Three ways in which one place is said.
sub listeners_of_example {
    my ( undef, $settings ) = run_command( posternd(), '-T', '-c', 'etc/postern.conf' );
    my %place;
    for my $listener ( $settings =~ /\{\s*(name = .*?)\}/sg ) {
        my %is = $listener =~ /(\w+) = "?([^";]*)"?;/g;
        $place{ $is{name} } = $is{path} || $is{port};
    }
    my ( $name, $path ) =
      text_of('etc/postern.conf') =~ /#\s+name = "(local)";\n.*#\s+path = "(.*)";/;
    return ( %place, $name => $path );
}

is_deeply(
    {
        map {
            ( values_of( 'FileDescriptorName', $_ ) )[0] => ( values_of( 'ListenStream', $_ ) )[0]
        } map { text_of($_) } glob 'contrib/systemd/*.socket'
    },
    {listeners_of_example()},
    'the socket units are those of the listeners of etc/postern.conf'
);

SKIP: {
    skip 'systemd-sysusers is not installed', 2 if !is_installed('systemd-sysusers');
    skip 'only root can make users and directories of theirs', 2 if $> != 0;
    my $root = File::Temp->newdir;
    mkdir "$root/$_" for qw(etc var);
    mkdir "$root/var/spool";
    my $here = getcwd() . '/contrib/systemd';
    run_command( 'systemd-sysusers', "--root=$root", "$here/postern.sysusers" );
    my ( $uid, $gid ) =
      text_of("$root/etc/passwd") =~ m{^postern:[^:]*:(\d+):(\d+):[^:]*:/[^:]*:/usr/sbin/nologin$}m;
    ok( defined $uid, 'systemd-sysusers makes the account' );
    run_command( qw(systemd-tmpfiles --create), "--root=$root", "$here/postern.tmpfiles" );
    my ( $mode, $owner, $group ) = ( stat "$root/var/spool/postern" )[ 2, 4, 5 ];
    is_deeply(
        [ sprintf( '%04o', ( $mode // 0 ) & 07777 ), $owner, $group ],
        [ '0700', $uid, $gid ],
        'systemd-tmpfiles makes the spool, for it alone'
    );
}

# A site of the user nobody, whose key and users only root may read; its daemon is started with the
# powers that the unit gives, by a command in front if there is one.
sub daemon_of_unit {
    my (@in_front) = @_;
    my @names  = values_of( 'AmbientCapabilities', text_of($unit) );
    my $given  = join ',', map { '+' . lc s/^CAP_//r } @names;
    my $daemon = Postern::Daemon->new( listeners => [qw(lan submission)] );
    my ( $uid, $gid ) = ( getpwnam 'nobody' )[ 2, 3 ];
    chmod 0600, $daemon->path('cert-key.pem'), $daemon->path('users');
    mkdir $daemon->path('spool'), 0700;
    chown $uid, $gid, $daemon->path('spool'), $daemon->path('.');
    chmod 0755, $daemon->path('.');
    $daemon->{program} = write_file( $daemon->path('start'), join ' ',
        "#!/bin/sh\nexec setpriv --reuid=$uid --regid=$gid --clear-groups --no-new-privs",
        "--inh-caps=-all,$given --ambient-caps=-all,$given --bounding-set=-all,$given",
        @in_front, abs_path( posternd() ), qq{"\$@"\n} );
    chmod 0755, $daemon->{program};
    return $daemon;
}

# What the unit leaves of root's powers is enough, and its workers have nothing of them.
sub serves_with_what_the_unit_gives {
    my $text = text_of($unit);
    is_deeply( [ values_of( 'AmbientCapabilities', $text ) ],
        [ values_of( 'CapabilityBoundingSet', $text ) ], 'not more than it uses' );
    my $daemon = daemon_of_unit()->start;
    Postern::Client->new( $daemon, 'submission' )->must(220);
    pass('it reads a key and users that only root may read');
    my $session = Postern::Client->session( $daemon, 'lan' );
    like( $session->submit("Subject: x\r\n"), qr/^250 /, 'it serves' );
    my $worker = $daemon->worker_of( $session->greeting );
    like( text_of("/proc/$worker/status"), qr/^CapEff:\s+0+$/m,
        'its workers have none of these powers' );
    ok( $daemon->reload, 'it can read them again' );
    is( $daemon->stop, 0, 'it stops' );
    return;
}

# The system calls of one of systemd's sets, those in it included.
sub system_calls_of {
    my ($set) = @_;
    my ( undef, $text ) = run_command( qw(systemd-analyze --no-pager syscall-filter), $set );
    return map { /^\@/ ? system_calls_of($_) : $_ } $text =~ /^ +(\@?[\w-]+)$/mg;
}

sub allowed_by_unit {
    my %allowed = map { $_ => 1 } system_calls_of('@default');
    for my $line ( text_of($unit) =~ /^SystemCallFilter=(.*)$/mg ) {
        my $is_forbidden = $line =~ s/^~//;
        for my $name ( map { /^\@/ ? system_calls_of($_) : $_ } split ' ', $line ) {
            $allowed{$name} = !$is_forbidden;
        }
    }
    return %allowed;
}

# All that the processes call from their start to their end.
sub calls_what_the_unit_allows {
    my $trace  = File::Temp->new;
    my $daemon = daemon_of_unit( 'strace', '-f', '-qq', '-o', "$trace" );
    chmod 0666, "$trace";
    $daemon->set( 'control.path' => quoted( $daemon->path('control') ), 'tls.watch' => 'true' );
    $daemon->launch('-f');
    plan skip_all => 'strace may not do its work here' if !$daemon->wait_until_it_serves;
    my ($pid) = $daemon->wait_for_log(qr/ serving /) =~ / pid=(\d+)$/;
    $daemon->{pid} = $pid;
    # LeakSanitizer fails a program that ends while somebody traces it, as the one on trial does.
    plan skip_all => 'sanitizers do not like strace'
      if $daemon->log =~ / sandbox_partial .*instrumented/;
    Postern::Client->session( $daemon, 'lan' )->submit("Subject: x\r\n");
    my $client = Postern::Client->new( $daemon, 'submission' );
    $client->log_in( alice => 'secret' );
    $client->submit("Subject: x\r\n");
    $daemon->reload;
    $daemon->signal_and_wait( USR2 => qr/ serving / );
    $daemon->signal_and_wait( USR1 => qr/ serving / );
    $daemon->signal('TERM');
    $daemon->wait_for_log(qr/ stopped /);
    poll_until { !is_running($pid) };
    my %allowed = allowed_by_unit();
    my %called  = map { $_ => 1 } text_of("$trace") =~ /^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)/mg;
    cmp_ok( scalar keys %called, '>', 50, 'much is called' );
    my @forbidden = grep { !$allowed{$_} } sort keys %called;
    ok( !@forbidden, 'nothing that the unit forbids' ) or diag("@forbidden");
    return;
}

SKIP: {
    skip 'only root can give capabilities away', 2 if $> != 0;
    skip 'setpriv is not installed', 2 if !is_installed('setpriv');
    subtest 'posternd with what the unit gives' => \&serves_with_what_the_unit_gives;
    skip 'strace is not installed',          1 if !is_installed('strace');
    skip 'systemd-analyze is not installed', 1 if !is_installed('systemd-analyze');
    subtest 'posternd within what the unit allows' => \&calls_what_the_unit_allows;
}

# ---- Scripts

my @scripts = ( 'contrib/init/postern', 'contrib/init/postern.openrc' );
is_silent( "$_ is a shell script", 'sh', '-n', $_ ) for @scripts;
SKIP: {
    skip 'shellcheck is not installed', 1 if !is_installed('shellcheck');
    is_silent( 'shellcheck has no complaint',
        qw(shellcheck -s sh -e SC2034 contrib/init/postern contrib/init/postern.openrc) );
}

# The exit codes are those of the LSB.
subtest 'the init script' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] );
    $daemon->set(
        'log.target' => quoted( $daemon->path('log') ),
        pid_file     => quoted( $daemon->path('pid') ),
        drain_time   => '"1 s"'
    );
    local @ENV{qw(daemon config)} = ( abs_path( posternd() ), $daemon->config );
    my $init = sub {
        my ( $exit, $out, $errors ) = run_command( 'contrib/init/postern', @_ );
        return wantarray ? ( $exit, "$out$errors" ) : $exit;
    };
    is( $init->('status'), 3, 'status: it does not run' );
    is( $init->('reload'), 7, 'reload: neither' );
    is( $init->('stop'),   0, 'stop: nothing to do' );
    is( $init->('start'),  0, 'start' ) or return diag( $daemon->log );
    my ($pid) = text_of( $daemon->path('pid') ) =~ /^(\d+)$/m;
    $daemon->adopt($pid);
    my ( $exit, $said ) = $init->('status');
    is_deeply( [ $exit, $said ], [ 0, "posternd is running, as process $pid\n" ], 'status' );
    ok( Postern::Client->session( $daemon, 'lan' ), 'it serves' );
    is( $init->('start'), 0, 'start: it runs already' );

    my $mark = $daemon->mark;
    is( $init->('reload'), 0, 'reload' );
    $daemon->wait_for_log( qr/ serving /, $mark );
    $daemon->set( workers => '1000' );
    ( $exit, $said ) = $init->('restart');
    is( $exit, 6, 'restart: not for a broken configuration' );
    like( $said, qr/: workers: 1000 is outside/, 'and says why' );
    is( $init->('force-reload'), 6, 'nor reload' );
    ok( is_running($pid), 'the server goes on' );
    $daemon->set( workers => '2' );
    is( $init->('try-restart'), 0, 'restart' );
    my ($new) = text_of( $daemon->path('pid') ) =~ /^(\d+)$/m;
    isnt( $new, $pid, 'it is another process' );
    $daemon->adopt($new);
    is( $init->('stop'), 0, 'stop' );
    ok( !is_running($new), 'it has stopped' );
    is( $init->('try-restart'), 0, 'restart: nothing to do' );
    write_file( $daemon->path('pid'), "$$\n" );
    is( $init->('status'), 1, 'status: a file that was left, and a process that took the number' );
    is( $init->(),         2, 'no such action' );
    $ENV{daemon} = '/nowhere/posternd';
    is( $init->('start'), 0, 'start: the package was removed' );
};

SKIP: {
    skip 'logrotate is not installed', 1 if !is_installed('logrotate');
    my ( $exit, undef, $errors ) = run_command(qw(logrotate -d contrib/logrotate/postern));
    ok( $exit == 0 && $errors !~ /error/, 'logrotate takes its file' ) or diag($errors);
}

# ---- The Debian package

{
    my $debian = text_of('contrib/debian/postern.conf');
    my $conf   = File::Temp->new;
    print {$conf} qq{user = "nobody";\n$debian};
    close $conf;
    is_silent( 'its configuration has no faults', posternd(), '-t', '-c', "$conf" );
    my ($version) = text_of('configure.ac') =~ /^AC_INIT\(\[Postern\], \[([^]]+)\]/m;
    like( text_of('contrib/debian/changelog'),
        qr/\Apostern \(\Q$version\E(?:-\d+)?\) /, 'its version is that of the program' );

    # g++ and make are there wherever packages are built.
    my ($installed) = text_of('contrib/install-deps') =~ /^ +build\) echo (.*?) ;;/ms;
    my ($declared)  = text_of('contrib/debian/control') =~ /^Build-Depends:\n((?: .*\n)+)/m;
    is_deeply(
        [
            sort grep { !/^(?:debhelper-compat|libcpputest-dev)$/ }
              $declared =~ /^ ([\w.+-]+)/mg
        ],
        [ sort grep { !/^(?:g\+\+|make|\\)$/ } split ' ', $installed ],
        'it is built with what the program is built with'
    );
}
is_silent( "$_ is a shell script", 'sh', '-n', $_ )
  for 't/bench/debian-package',
  map { "contrib/debian/$_" } qw(build postern.postinst postern.postrm);

# ---- Completions

sub commands_of_posternctl {
    my ($section) = text_of('man/posternctl.8') =~ /^\.Sh COMMANDS\n(.*?)^\.Sh /ms;
    my %is_command = map { $_ => 1 } $section =~ /^\.It Ic (\w+(?: [a-z]+)?)/mg;
    return keys %is_command;
}

sub flags_of {
    my ($page) = @_;
    my ($synopsis) = text_of("man/$page.8") =~ /^\.Sh SYNOPSIS\n(.*?)^\.Sh /ms;
    my %flags = map { ( "-$_" => 1 ) } $synopsis =~ /\bFl (-?\w+)/g, $synopsis =~ /\| (\w)$/mg;
    return sort keys %flags;
}

# What bash proposes behind these words.
sub proposed {
    my ($program,  @words)  = @_;
    my ( undef,    $out )   = run_command(
        'bash', '-c',
        'compopt() { :; }; posternctl() { printf "MESSAGE AGE\nid-1 2\nid-2 3\n"; }
         . "contrib/completion/$1.bash"
         COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_WORDS=("${COMP_WORDS[@]}")
         "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"', 'bash', $program, @words
    );
    return sort split /\n/, $out;
}

SKIP: {
    skip 'bash is not installed', 8 if !is_installed('bash');
    is_deeply( [ proposed( 'posternd', '' ) ], [ sort( flags_of('posternd') ) ],
        'bash proposes the flags of posternd' );
    is_deeply( [ proposed( 'postern-adsp', '' ) ], [ sort( flags_of('postern-adsp') ) ],
        'those of postern-adsp' );
    my %first = map { s/ .*//r => 1 } commands_of_posternctl();
    is_deeply(
        [ proposed( 'posternctl', '' ) ],
        [ sort( flags_of('posternctl'), keys %first ) ],
        'and the flags and commands of posternctl'
    );
    is_deeply(
        [ proposed( 'posternctl', '--json', 'spool', '' ) ],
        [ sort map { /^spool (\w+)/ ? $1 : () } commands_of_posternctl() ],
        'what there is for the spool'
    );
    is_deeply( [ proposed( 'posternctl', 'appletalk', '' ) ], ['lookup'], 'and for AppleTalk' );
    is_deeply( [ proposed( 'posternctl', '-s', '/x', 'spool', 'show', 'id' ) ],
        [qw(id-1 id-2)], 'the messages in it' );
    is_deeply( [ proposed( 'posternctl', '-c', 'etc/p' ) ], ['etc/postern.conf'], 'and files' );
    is_deeply( [ proposed( 'posternctl', 'tr' ) ], ['trace'], 'words that begin so' );
}

# Commands and flags that a completion for zsh tells of; its text has them between quotes.
for (
    [ posternd   => flags_of('posternd') ],
    [ 'postern-adsp' => flags_of('postern-adsp') ],
    [ posternctl => flags_of('posternctl'), map { ( split / / )[-1] } commands_of_posternctl() ]
  )
{
    my ( $program, @words ) = @$_;
    my $text    = text_of("contrib/completion/_$program");
    my @missing = grep { my $word = $_; $text !~ /['{),]\Q$word\E['\[:,}]/ } @words;
    ok( !@missing, "zsh knows all of $program" ) or diag("missing: @missing");
  SKIP: {
        skip 'zsh is not installed', 1 if !is_installed('zsh');
        is_silent( "contrib/completion/_$program is for zsh",
            'zsh', '-n', "contrib/completion/_$program" );
    }
}

# ---- vim

# The names of settings and groups, without those that they are in.
sub setting_names {
    my ( undef, $printed ) = run_command( posternd(), '-T', '-c', 'etc/postern.conf' );
    my @paths = text_of('man/postern.conf.5') =~ /^\.It Ic ([\w.\[\]]+) No/mg;
    my %names = map { s/\[\]//r => 1 } map { split /\./ } @paths;
    $names{$_} = 1 for $printed =~ /(\w+) = /g;
    return sort keys %names;
}

my %coloured = map { $_ => 1 } map { split ' ' }
  text_of('contrib/vim/syntax/postern.vim') =~ /^syn keyword postern(?:Group|Setting) (.*)$/mg;
my %setting    = map { $_ => 1 } setting_names();
my @colourless = grep { !$coloured{$_} } sort keys %setting;
my @unknown    = grep { !$setting{$_} } sort keys %coloured;
ok( %setting && !@colourless && !@unknown, 'contrib/vim/syntax/postern.vim has the settings' )
  or diag("missing: @colourless; no settings: @unknown");

SKIP: {
    skip 'vim is not installed', 1 if !is_installed('vim');
    my $out = File::Temp->new;
    run_command(
        qw(vim -es -u NONE -i NONE),
        '--cmd', 'set nocp rtp^=contrib/vim', '-c', 'filetype plugin on', '-c', 'syntax on',
        '-c', 'edit etc/postern.conf', '-c', "redir! > $out",
        '-c', 'call search("^spool = ")',
        '-c', 'echo &filetype b:current_syntax synIDattr(synID(line("."), 1, 1), "name") &makeprg',
        '-c', 'redir END', '-c', 'qa!'
    );
    is( text_of("$out") =~ s/\s+/ /gr =~ s/^ | $//gr,
        'postern postern posternGroup posternd -t -c %:S', 'vim knows the file' );
}

done_testing();
