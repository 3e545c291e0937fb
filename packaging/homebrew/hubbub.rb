# Template: a release fills in the words in double braces (deno task package). To be put into a tap.
class Hubbub < Formula
  desc "Chat server, its clients and a load tester in one program"
  homepage "{{repository}}"
  version "{{version}}"
  license "MIT"

  on_macos do
    on_arm do
      url "{{download}}/hubbub-aarch64-apple-darwin.tar.gz"
      sha256 "{{sha256 hubbub-aarch64-apple-darwin.tar.gz}}"
    end
    on_intel do
      url "{{download}}/hubbub-x86_64-apple-darwin.tar.gz"
      sha256 "{{sha256 hubbub-x86_64-apple-darwin.tar.gz}}"
    end
  end

  on_linux do
    on_arm do
      url "{{download}}/hubbub-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "{{sha256 hubbub-aarch64-unknown-linux-gnu.tar.gz}}"
    end
    on_intel do
      url "{{download}}/hubbub-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "{{sha256 hubbub-x86_64-unknown-linux-gnu.tar.gz}}"
    end
  end

  def install
    bin.install "bin/hubbub"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/hubbub"
    zsh_completion.install "share/zsh/site-functions/_hubbub"
    fish_completion.install "share/fish/vendor_completions.d/hubbub.fish"
    doc.install Dir["share/doc/hubbub/*"]
  end

  service do
    run [opt_bin/"hubbub", "serve", "--data", var/"hubbub"]
    keep_alive successful_exit: false
    log_path var/"log/hubbub.log"
    error_log_path var/"log/hubbub.log"
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/hubbub --version").strip
    assert_match "Usage: hubbub serve", shell_output("#{bin}/hubbub serve --help")
  end
end
