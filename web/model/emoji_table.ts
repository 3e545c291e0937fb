// deno-fmt-ignore-file

/**
 * The emoji that `:name:` inserts, with the names that GitHub, Slack and Discord share. An emoji and
 * its name in turns.
 */
export const EMOJI_TABLE = `
😄 smile 😃 smiley 😀 grinning 😁 grin 😆 laughing 😅 sweat_smile 🤣 rofl 😂 joy 🙂 slightly_smiling_face
🙃 upside_down_face 😉 wink 😊 blush 😇 innocent 😍 heart_eyes 🤩 star_struck 😋 yum 😛 stuck_out_tongue
😜 stuck_out_tongue_winking_eye 🤗 hugs 🤫 shushing_face 🤔 thinking 😐 neutral_face 😶 no_mouth 😏 smirk
😒 unamused 🙄 roll_eyes 😬 grimacing 😌 relieved 😔 pensive 😴 sleeping 🤮 vomiting_face 🥵 hot_face
🥶 cold_face 😵 dizzy_face 🤯 exploding_head 🥳 partying_face 😎 sunglasses 🤓 nerd_face 😕 confused 😟 worried
😮 open_mouth 😳 flushed 🥺 pleading_face 😨 fearful 😢 cry 😭 sob 😱 scream 😞 disappointed 😓 sweat
🥱 yawning_face 😡 rage 😠 angry 💀 skull 💩 poop 🤡 clown_face 👻 ghost 🤖 robot 😸 smile_cat 😻 heart_eyes_cat
🙈 see_no_evil 🙉 hear_no_evil 🙊 speak_no_evil ❤️ heart 💛 yellow_heart 💚 green_heart 💙 blue_heart
💜 purple_heart 🖤 black_heart 🤍 white_heart 💔 broken_heart 💕 two_hearts 💖 sparkling_heart 💋 kiss 💯 100
💥 boom 💣 bomb 💭 thought_balloon 💤 zzz 👍 +1 👍 thumbsup 👎 -1 👎 thumbsdown 👋 wave ✋ raised_hand 👌 ok_hand
✌️ v 🤞 crossed_fingers 🤘 metal 🤙 call_me_hand 👈 point_left 👉 point_right 👇 point_down ☝️ point_up
✊ fist 👏 clap 🙌 raised_hands 🤝 handshake 🙏 pray 💪 muscle 🧠 brain 👀 eyes 🙋 raising_hand 🙇 bow 🤦 facepalm
🤷 shrug 🕵️ detective 🎅 santa 🧟 zombie 🏃 runner 🐶 dog 🦊 fox_face 🐱 cat 🦄 unicorn 🐷 pig 🐰 rabbit
🐼 panda_face 🐦 bird 🐧 penguin 🦉 owl 🐸 frog 🐢 turtle 🐍 snake 🐉 dragon 🐟 fish 🐌 snail 🦋 butterfly 🐛 bug
🐝 bee 🦀 crab 🌹 rose 🌱 seedling 🌲 evergreen_tree 🍀 four_leaf_clover 🍄 mushroom 🍋 lemon 🍌 banana 🍎 apple
🍓 strawberry 🥑 avocado 🌶️ hot_pepper 🍞 bread 🥐 croissant 🍔 hamburger 🍟 fries 🍕 pizza 🌮 taco
🥗 green_salad 🍿 popcorn 🍩 doughnut 🍪 cookie 🎂 birthday 🍰 cake ☕ coffee 🍵 tea 🍷 wine_glass 🍺 beer
🍻 beers 🌍 earth_africa 🌎 earth_americas 🌏 earth_asia 🏖️ beach_umbrella 🏠 house 🚆 train2 🚌 bus 🚗 car
🚚 truck 🚲 bike 🚨 rotating_light 🚧 construction ✈️ airplane 🚀 rocket ⏳ hourglass_flowing_sand
⏰ alarm_clock 🌙 crescent_moon ☀️ sunny ⭐ star 🌟 star2 ☁️ cloud 🌈 rainbow ☔ umbrella ⚡ zap ❄️ snowflake
🔥 fire 🌊 ocean 🎃 jack_o_lantern 🎄 christmas_tree 🎈 balloon 🎉 tada 🎁 gift 🏆 trophy 🥇 1st_place_medal
🥈 2nd_place_medal 🥉 3rd_place_medal ⚽ soccer 🎯 dart 🎮 video_game 🎲 game_die 🎨 art 🎤 microphone
🎧 headphones 🎵 musical_note 🎸 guitar 👑 crown 🎓 mortar_board 💍 ring 💎 gem 📱 iphone ☎️ phone 💻 computer
⌨️ keyboard 📷 camera 💡 bulb 📚 books 📝 memo 📎 paperclip 📌 pushpin ✂️ scissors 🖊️ pen ✏️ pencil2 📅 date
📈 chart_with_upwards_trend 📉 chart_with_downwards_trend 📊 bar_chart 📋 clipboard 📧 email 📦 package
💰 moneybag 💶 euro 💳 credit_card 🔒 lock 🔓 unlock 🔑 key 🔨 hammer 🔧 wrench ⚙️ gear 🔗 link 💊 pill 🚪 door
🧹 broom ⚠️ warning ⛔ no_entry ⬆️ arrow_up ➡️ arrow_right ⬇️ arrow_down ⬅️ arrow_left
🔄 arrows_counterclockwise ▶️ arrow_forward ✅ white_check_mark ✔️ heavy_check_mark ❌ x ❓ question
❗ exclamation 🆗 ok 🆘 sos 🔴 red_circle 🟢 green_circle 🔵 large_blue_circle 🔔 bell 🔕 no_bell 📣 mega 🔇 mute
✨ sparkles 🏁 checkered_flag 🏳️‍🌈 rainbow_flag 🏴‍☠️ pirate_flag
`;
